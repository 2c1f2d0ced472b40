"""Raw mail to a Letter. Pure; the only exception is Unreadable, when a limit is broken."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

from okno.kit.mail import addresses, automatic, bounces, charsets, contents, mime, words
from okno.kit.mail.letter import Address, Letter
from okno.kit.mail.mime import Part
from okno.kit.mail.replies import reply_text

MAX_REFERENCES = 100
MAX_SUBJECT = 1_000
_ID = re.compile(r"<([^<>\s]{1,500})>")
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
    subject = words.text(root.get("subject"))[:MAX_SUBJECT]
    seen = contents.collect(root)
    body = seen.text
    from_ = _identity(root, seen.notices)
    bounce = bounces.recognise(root, seen, subject)
    domain = from_.address.rpartition("@")[2] if from_ else ""
    verdict = automatic.authentication(root, authserv_id, domain) if from_ else "none"
    return Letter(
        message_id=_first_id(root, "message-id"),
        in_reply_to=_first_id(root, "in-reply-to"),
        references=_ids(root, "references")[-MAX_REFERENCES:],
        date=_date(root),
        from_=from_,
        sender=addresses.single(_raw(root, "sender")),
        reply_to=_mailboxes(root, "reply-to"),
        to=_mailboxes(root, "to"),
        cc=_mailboxes(root, "cc"),
        delivered_to=_delivered_to(root),
        subject=subject,
        body_text=body,
        body_html="\n".join(seen.html),
        reply_text=reply_text(body),
        attachments=tuple(seen.attachments),
        auto_reply=bounce is not None or automatic.is_automatic(root, subject),
        bounce=bounce,
        is_list=automatic.is_list(root),
        authenticated=verdict,
        spam=automatic.is_spam(root),
        notices=tuple(sorted(seen.notices)),
    )


def _raw(part: Part, name: str) -> str:
    return charsets.decode(part.get(name))[0]


def _identity(part: Part, notices: set[str]) -> Address | None:
    """The one author, or None: two From headers, a group or a comment make nobody the author."""
    values = part.get_all("from")
    if len(values) > 1:
        notices.add("several_from")
        return None
    text = _raw(part, "from")
    found, plain = addresses.parse(text)
    if len(found) > 1:
        notices.add("several_from")
        return None
    if not plain or not found:
        notices.add("bad_from")
        return None
    if addresses.imitates(found[0]):
        notices.add("name_looks_like_address")
    return found[0]


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
    text = charsets.decode(part.get(name))[0]
    return tuple(f"<{match}>" for match in _ID.findall(text))


def _first_id(part: Part, name: str) -> str:
    """Message id with its angle brackets; some programs leave the brackets out."""
    ids = _ids(part, name)
    if ids:
        return ids[0]
    bare = words.text(part.get(name))
    return f"<{bare}>" if re.fullmatch(r"[^\s<>]{1,500}@[^\s<>]{1,400}", bare) else ""


def _date(part: Part) -> datetime | None:
    text = words.text(part.get("date"))[:100]
    if not text:
        return None
    try:
        date = parsedate_to_datetime(text)
    except (ValueError, TypeError, IndexError, OverflowError):
        return None
    try:
        return date.replace(tzinfo=UTC) if date.tzinfo is None else date.astimezone(UTC)
    except (ValueError, OverflowError):
        return None
