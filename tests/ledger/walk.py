"""Every failpoint of the product, and what makes a process pass it."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from tests.ledger.campaign import Campaign
from tests.ledger.checker import pages
from tests.stands.installation import HOUSE

SIGKILL = -9
_CALL = re.compile(r"\bfailpoint\(\s*\"([a-z_.]+)\"")


def points_in_code(folder: Path = HOUSE / "okno") -> set[str]:
    """The names of all failpoints, by reading the sources."""
    sources = (p for p in folder.rglob("*.py") if "tests" not in p.parts)
    return {name for path in sources for name in _CALL.findall(path.read_text(encoding="utf-8"))}


def _letter(campaign: Campaign) -> None:
    campaign.driver.send("smtp", answered=1)


def _big_letter(campaign: Campaign) -> None:
    campaign.driver.send("smtp", is_big=True)


def _mailbox(campaign: Campaign) -> None:
    campaign.driver.send("imap", answered=1)


def _snooze(campaign: Campaign) -> None:
    """A timer that is due at once."""
    with campaign.product.client() as client:
        number = pages(client, "/conversations")[0]["number"]
        at = (datetime.now(UTC) + timedelta(seconds=1)).isoformat()
        client.patch(f"/conversations/{number}", json={"snoozed_until": at}).raise_for_status()


# Points that a serving process passes, and what to send it. A letter whose reading failed three
# times is set aside as unreadable, so points of reading and others take turns.
SERVING: dict[str, Callable[[Campaign], None]] = {
    "raw.before_commit": _letter,
    "parse.after_message_before_attachments": _letter,
    "outbox.after_claim": _letter,
    "outbox.between_channels": _letter,
    "imap.after_fetch": _mailbox,
    "parse.before_commit": _letter,
    "smtp.before_data": _letter,
    "imap.after_commit_before_move": _mailbox,
    "parse.after_commit_before_done": _letter,
    "smtp.after_final_dot_before_reply": _letter,
    "imap.after_move": _mailbox,
    "job.after_claim": _letter,
    "sent_copy.before": _mailbox,
    "timer.after_claim": _snooze,
    "event.after_append_before_publish": _letter,
    "smtp.after_reply_before_commit": _letter,
    "raw.after_commit_before_ack": _letter,
    "file.after_temp_write": _big_letter,
    "file.after_rename_before_commit": _big_letter,
}
# Points of commands; they are killed in test_operation.py.
COMMANDS = {"backup.mid", "restore.mid", "restore.after_database_before_hold"}
# Those after which a letter may be with the client and nobody here knows.
UNKNOWING = {"smtp.after_final_dot_before_reply", "smtp.after_reply_before_commit"}


@dataclass(frozen=True)
class Step:
    """How the process ended that was to be killed at a point."""

    point: str
    code: int | None


def step(campaign: Campaign, point: str) -> Step:
    """Arm a point, send what makes a process pass it, and see it die there.

    What it left behind is the next process's to mend, which is killed at the next point.
    """
    stimulus, product = SERVING[point], campaign.product
    if stimulus is _snooze:
        # The timer must be set by a process that is not armed: it might die before it has one.
        product.start()
        stimulus(campaign)
        product.kill()
    else:
        stimulus(campaign)
    product.start(failpoints=f"{point}=killall", is_ready=False)
    code = product.running["serve"].wait(40)
    product.kill()
    return Step(point, code)
