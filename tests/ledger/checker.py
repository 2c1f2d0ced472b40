"""Compares the ledger, the product and the sink's log, and counts what should be zero."""

import hashlib
import re
import time
from collections import Counter
from dataclasses import dataclass, field, fields
from typing import Any

import httpx

from tests.ledger.book import Entry, Ledger
from tests.ledger.database import Database
from tests.ledger.product import Product
from tests.stands.processes import StandError
from tests.stands.smtp_record import Mail

MARKER = re.compile(r"\b[a-z0-9]+-(?:smtp|imap|pipe|chat)-\d{5}(?:-big)?(?:-reply)?\b")
_UNFINISHED = (
    "SELECT (SELECT count(*) FROM spine_job WHERE failed_at IS NULL)"
    " + (SELECT count(*) FROM channels_inbound WHERE state = 'new')"
    " + (SELECT count(*) FROM desk_delivery WHERE state IN ('queued', 'sending')"
    " AND is_held = %s)"
    " + (SELECT (SELECT coalesce(max(id), 0) FROM spine_event) - min(last_id) FROM spine_cursor)"
)


@dataclass
class Verdict:
    """What a run came to. All but `n`, `answered`, `uncertain`, `unreadable` and `absent` should be
    zero.

    n: items acknowledged. answered: replies among them. uncertain: replies that may have arrived
    and say so. unmarked: letters cut after the final dot that do not say so. altered: stored or
    sent in other bytes. unreadable: a visible stub with the raw letter, because its reader was
    killed three times. stuck: jobs, letters, deliveries or events that wait for ever. absent:
    attempted, never acknowledged, and not there.
    """

    n: int = 0
    answered: int = 0
    lost: int = 0
    shown_twice: int = 0
    sent_twice: int = 0
    uncertain: int = 0
    unmarked: int = 0
    altered: int = 0
    unreadable: int = 0
    stuck: int = 0
    absent: int = 0
    broken: int = 0
    details: list[str] = field(default_factory=list)

    @property
    def is_good(self) -> bool:
        """Whether the promise was kept."""
        wrong = ("lost", "shown_twice", "sent_twice", "unmarked", "altered", "stuck", "broken")
        return not any(getattr(self, name) for name in wrong)

    def __str__(self) -> str:
        shown = [f for f in fields(self) if f.name != "details"]
        return " ".join(f"{f.name}={getattr(self, f.name)}" for f in shown)


@dataclass
class Shown:
    """What the API shows: per marker the messages and their deliveries' states."""

    letters: dict[str, list[dict[str, Any]]] = field(default_factory=dict)
    replies: dict[str, list[dict[str, Any]]] = field(default_factory=dict)


def wait_quiet(product: Product, ledger: Ledger, seconds: float = 60) -> None:
    """Return when every acknowledged letter has come in and nothing moves any more.

    Does not fail after `seconds`: the checker then says what is stuck.
    """
    end = time.monotonic() + seconds
    is_held = [False]
    while time.monotonic() < end:
        wanted = len(ledger.acknowledged_items(replies=False))
        there = product.database.count("SELECT count(*) FROM channels_inbound")
        if there >= wanted and not product.database.count(_UNFINISHED, is_held):
            return
        time.sleep(0.2)


def check(
    product: Product,
    ledger: Ledger,
    mails: list[Mail],
    seen: Counter[str] | None = None,
    *,
    is_complete: bool = True,
) -> Verdict:
    """Count; the product must be running. `mails` are the sink's, of its whole life; `seen` is how
    often each message stands in the visitors' chats.

    `is_complete` False: the product is a restored copy of an earlier moment, and letters may lack.
    """
    verdict = Verdict(n=len(ledger.acknowledged_items()))
    shown = _shown(product)
    stubs = product.database.rows(
        "SELECT sha256 FROM channels_inbound WHERE state = 'unreadable' AND EXISTS"
        " (SELECT 1 FROM desk_message m WHERE m.inbound_id = channels_inbound.id)"
    )
    unreadable = {sha256 for (sha256,) in stubs}
    sent = _sent(mails)
    for entry in ledger.entries.values():
        if "-chat-" in entry.item:
            kind = shown.replies if entry.is_reply else shown.letters
            _judge_chat(verdict, entry, kind.get(entry.item, []), seen)
        elif entry.is_reply:
            _judge_reply(verdict, entry, shown.replies.get(entry.item, []), sent, is_complete)
        elif entry.sha256 in unreadable:
            verdict.unreadable += 1
            verdict.details.append(f"{entry.item} was not read")
        else:
            _judge_letter(verdict, entry, shown.letters.get(entry.item, []), is_complete)
    _judge_bytes(verdict, ledger, product.database)
    _judge_stuck(verdict, product.database)
    done = product.command("check", "--files")
    if done.returncode:
        verdict.broken += 1
        verdict.details.append(done.stdout.decode() + done.stderr.decode()[-500:])
    return verdict


def _shown(product: Product) -> Shown:
    found = Shown()
    with product.client() as client:
        for conversation in pages(client, "/conversations"):
            for message in pages(client, f"/conversations/{conversation['number']}/messages"):
                kind = found.letters if message["direction"] == "in" else found.replies
                for marker in set(MARKER.findall(message["text"])):
                    kind.setdefault(marker, []).append(message)
    return found


def pages(client: httpx.Client, path: str) -> list[dict[str, Any]]:
    """All items of a list, page by page."""
    items: list[dict[str, Any]] = []
    after = ""
    while True:
        answer = client.get(path, params={"limit": 200, "after": after})
        if not answer.is_success:
            raise StandError(f"GET {path}: {answer.status_code} {answer.text[:300]}")
        page = answer.json()
        items += page["items"]
        after = page["next"]
        if not after:
            return items


def _sent(mails: list[Mail]) -> dict[str, list[Mail]]:
    """The sink's letters by the marker of the reply in them."""
    found: dict[str, list[Mail]] = {}
    for mail in mails:
        text = mail.raw.replace(b"=\r\n", b"").decode("utf-8", "replace")
        for marker in set(MARKER.findall(text)):
            if marker.endswith("-reply"):
                found.setdefault(marker, []).append(mail)
    return found


def _judge_letter(
    verdict: Verdict, entry: Entry, messages: list[dict[str, Any]], is_complete: bool
) -> None:
    if len(messages) > 1:
        verdict.shown_twice += 1
        verdict.details.append(f"{entry.item} is shown {len(messages)} times")
    if messages:
        return
    if entry.acknowledged_at is None or not is_complete:
        verdict.absent += 1
    else:
        verdict.lost += 1
        verdict.details.append(f"{entry.item} was accepted and is nowhere")


def _judge_chat(
    verdict: Verdict, entry: Entry, messages: list[dict[str, Any]], seen: Counter[str] | None
) -> None:
    """What stands in the chat stands there once, for the agent and for the visitor alike."""
    verdict.answered += entry.is_reply and entry.acknowledged_at is not None
    _judge_letter(verdict, entry, messages, is_complete=seen is not None)
    if seen is not None and seen[entry.item] != len(messages):
        wrong = "lost" if seen[entry.item] < len(messages) else "shown_twice"
        setattr(verdict, wrong, getattr(verdict, wrong) + 1)
        verdict.details.append(f"{entry.item}: the visitor sees it {seen[entry.item]} times")


def _judge_reply(
    verdict: Verdict,
    entry: Entry,
    messages: list[dict[str, Any]],
    sent: dict[str, list[Mail]],
    is_complete: bool,
) -> None:
    mails = sent.get(entry.item, [])
    verdict.answered += entry.acknowledged_at is not None
    if len(messages) > 1:
        verdict.shown_twice += 1
    if len(mails) > 1:
        verdict.sent_twice += 1
        verdict.details.append(f"{entry.item} was sent {len(mails)} times")
    if not messages:
        _judge_absent(verdict, entry, mails, is_complete)
        return
    states = {d["state"] for m in messages for d in m["deliveries"]}
    verdict.uncertain += "uncertain" in states
    is_cut = any(not mail.replied for mail in mails)
    if is_cut and "uncertain" not in states:
        verdict.unmarked += 1
        verdict.details.append(f"{entry.item} was cut after the dot and says {states}")
    if "sent" in states and not mails:
        verdict.lost += 1
        verdict.details.append(f"{entry.item} says sent and the sink has no copy")
    if "failed" in states and mails:
        verdict.details.append(f"{entry.item} says failed and was received")
        verdict.altered += 1
    if mails and entry.item.encode() not in mails[0].raw:
        verdict.altered += 1


def _judge_absent(verdict: Verdict, entry: Entry, mails: list[Mail], is_complete: bool) -> None:
    if entry.acknowledged_at is None or not is_complete:
        verdict.absent += 1
        return
    verdict.lost += 1
    verdict.details.append(f"{entry.item} was accepted and is nowhere; {len(mails)} copies sent")


def _judge_bytes(verdict: Verdict, ledger: Ledger, database: Database) -> None:
    """I9 and I2: raw rows and files have the hashes of the ledger, each once."""
    known = {e.sha256 for e in ledger.entries.values() if not e.is_reply}
    raws = Counter(row[0] for row in database.rows("SELECT sha256 FROM channels_inbound"))
    for sha256, count in raws.items():
        if sha256 in known and count > 1:
            verdict.shown_twice += 1
            verdict.details.append(f"raw {sha256[:12]} is kept {count} times")
    for sha256, body in database.rows(
        "SELECT sha256, body FROM channels_inbound WHERE storage = ''"
    ):
        verdict.altered += hashlib.sha256(bytes(body)).hexdigest() != sha256
    kept = {row[0] for row in database.rows("SELECT sha256 FROM desk_attachment")}
    for entry in ledger.acknowledged_items(replies=False):
        if entry.sha256 in raws and not set(entry.files) <= kept:
            verdict.altered += 1
            verdict.details.append(f"an attachment of {entry.item} has other bytes")


def _judge_stuck(verdict: Verdict, database: Database) -> None:
    questions = {
        "jobs wait": "SELECT count(*) FROM spine_job",
        "letters are not read": "SELECT count(*) FROM channels_inbound WHERE state = 'new'",
        "deliveries have no end": (
            "SELECT count(*) FROM desk_delivery WHERE state IN ('queued', 'sending')"
            " AND is_held = %s"
        ),
        "events are parked": "SELECT count(*) FROM spine_parked",
    }
    for what, question in questions.items():
        count = database.count(question, [False] if "%s" in question else [])
        verdict.stuck += count
        if count:
            verdict.details.append(f"{count} {what}")
    for job in database.rows("SELECT name, key, attempts, failed_at, run_at, error FROM spine_job"):
        verdict.details.append(f"job {job}")
