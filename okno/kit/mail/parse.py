"""Raw mail to a Letter. Pure; the only exception is Unreadable, when a limit is broken."""

from __future__ import annotations

import html
import re
from datetime import datetime
from urllib.parse import unquote

from okno.kit.mail import (
    addresses,
    automatic,
    bounces,
    charsets,
    contents,
    dates,
    mime,
    misread,
    words,
)
from okno.kit.mail.letter import Address, Letter
from okno.kit.mail.mime import Part
from okno.kit.mail.replies import reply_text

MAX_REFERENCES = 100
MAX_SUBJECT = 1_000
_ID = re.compile(r"<\s*([^<>\s]{1,500})\s*>")
_BARE_ID = re.compile(r"[^\s<>,;\"']{1,500}@[^\s<>,;\"']{1,400}")
_DELIVERED = (
    "delivered-to",
    "x-original-to",
    "envelope-to",
    "x-envelope-to",
    "x-forwarded-to",
    "x-real-to",
)


def parse(raw: bytes, *, authserv_id: str = "") -> Letter:
    """Parse one letter of up to 25 MB. Raises Unreadable and nothing else.

    `authserv_id` names our own receiving server (RFC 8601); "" trusts no verdict. Headers that
    look like commands to this product (X-Okno-...) have no meaning here.
    """
    root = mime.split(raw)
    seen = contents.collect(root)
    subject = _subject(root, seen.notices)
    if root.get(mime.CUT):
        seen.notices.add("header_cut")
    body = seen.text
    from_, is_plain = _identity(root, seen.notices)
    bounce = bounces.recognise(root, seen, subject)
    domain = from_.address.rpartition("@")[2] if from_ else ""
    # What had to be guessed proves nothing, whatever a server says of it.
    verdict = automatic.authentication(root, authserv_id, domain) if is_plain else "none"
    auto_reply = bounce is not None or automatic.is_automatic(root, subject)
    return Letter(
        message_id=_first_id(root, "message-id"),
        in_reply_to=_first_id(root, "in-reply-to"),
        references=_ids(root, "references")[-MAX_REFERENCES:],
        date=_date(root),
        from_=from_,
        sender=addresses.single(_raw(root, "sender")),
        resent_from=addresses.single(_raw(root, "resent-from")),
        reply_to=_mailboxes(root, "reply-to"),
        to=_mailboxes(root, "to"),
        cc=_mailboxes(root, "cc"),
        delivered_to=_delivered_to(root),
        subject=subject,
        body_text=body,
        body_html="\n".join(seen.html),
        reply_text=reply_text(body),
        attachments=tuple(seen.attachments),
        auto_reply=auto_reply,
        no_automatic_answer=auto_reply or automatic.is_to_be_left_alone(root, subject),
        by_web_program=automatic.is_by_web_program(root),
        bounce=bounce,
        is_list=automatic.is_list(root),
        authenticated=verdict,
        spam=automatic.is_spam(root),
        notices=tuple(sorted(seen.notices)),
    )


def _raw(part: Part, name: str) -> str:
    return charsets.decode(part.get(name))[0]


def _identity(part: Part, notices: set[str]) -> tuple[Address | None, bool]:
    """The one author and whether the header plainly says so. Two From headers, several authors, a
    group or a comment inside an address make nobody the author (attacks A06, A07)."""
    values = part.get_all("from")
    if len(values) > 1:
        notices.add("several_from")
        return None, False
    text = _raw(part, "from")
    found, plain = addresses.parse(text)
    if len(found) > 1:
        notices.add("several_from")
        return None, False
    author = found[0] if plain and found else addresses.guess(text)
    if not plain or not found:
        notices.add("bad_from")
    if author is not None and addresses.imitates(author):
        notices.add("name_looks_like_address")
    return author, plain and bool(found)


def _mailboxes(part: Part, name: str) -> tuple[Address, ...]:
    found: list[Address] = []
    for raw in part.get_all(name)[:20]:
        found += addresses.parse(charsets.decode(raw)[0], lenient=True)[0]
    return tuple(found[: addresses.MAX_ADDRESSES])


def _delivered_to(part: Part) -> tuple[str, ...]:
    """Envelope recipients as the servers on the way noted them, each once."""
    found: dict[str, None] = {}
    for name in _DELIVERED:
        for raw in part.get_all(name)[:20]:
            address = addresses.canonical(raw.decode("utf-8", "replace").strip("<> "))
            if address:
                found.setdefault(address)
    return tuple(found)


def _ids(part: Part, name: str) -> tuple[str, ...]:
    """Ids with their brackets. Mail programs and gateways encode them as words (Python's writer of
    headers, Exchange connectors), escape the brackets for HTML or URLs, or leave them out."""
    text = words.decode_words(charsets.decode(part.get(name))[0])
    if "<" not in text:
        text = html.unescape(unquote(text) if "%3c" in text.lower() else text)
    found = _ID.findall(text) or ([] if "<" in text else _BARE_ID.findall(text))
    return tuple(f"<{one}>" for one in found)


def _first_id(part: Part, name: str) -> str:
    """Message id with its angle brackets."""
    return next(iter(_ids(part, name)), "")


def _date(part: Part) -> datetime | None:
    return dates.instant(words.text(part.get("date")))


def _subject(part: Part, notices: set[str]) -> str:
    text = words.decode_words(charsets.decode(part.get("subject"))[0])
    mended = misread.undoubled(text)
    if mended is not None:
        notices.add("text_repaired")
    return words.one_line(text if mended is None else mended)[:MAX_SUBJECT]
