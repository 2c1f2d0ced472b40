"""Frames between the parser's child and its parent.

JSON and raw bytes, never pickle: the child reads hostile mail, so a child that was taken over must
not be able to make the parent build anything but text, numbers and bytes.

A request is a frame (okno.kit.confined) of authserv_id and mail, an answer one of the JSON and the
contents of all attachments in a row.
"""

from __future__ import annotations

import json
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any, cast

from okno.kit.confined import frame
from okno.kit.mail.letter import Address, Attachment, Bounce, Letter, Unreadable

MAX_ANSWER = 160 * 1024 * 1024


def answer(letter: Letter) -> list[bytes]:
    """Frame of a parsed letter, in pieces."""
    values: dict[str, Any] = {field.name: getattr(letter, field.name) for field in fields(letter)}
    for name in ("from_", "sender", "resent_from"):
        values[name] = _pair(values[name]) if values[name] else None
    for name in ("reply_to", "to", "cc"):
        values[name] = [_pair(address) for address in values[name]]
    values["date"] = letter.date.timestamp() if letter.date else None
    values["bounce"] = asdict(letter.bounce) if letter.bounce else None
    values["attachments"] = [
        [file.filename, file.content_type, file.inline, file.content_id, len(file.data)]
        for file in letter.attachments
    ]
    return frame(json.dumps(values).encode(), [file.data for file in letter.attachments])


def refusal(reason: str) -> list[bytes]:
    """Frame of an Unreadable."""
    return frame(json.dumps({"unreadable": reason}).encode())


def read_answer(head: bytes, data: bytes) -> Letter:
    """The Letter of an answer. Raises Unreadable as the child says, or for a malformed answer."""
    try:
        values = json.loads(head)
        if "unreadable" in values:
            raise Unreadable(_text(values["unreadable"])[:100])
        return _letter(values, memoryview(data))
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError) as error:
        raise Unreadable("malformed_answer") from error


def _letter(values: dict[str, Any], data: memoryview) -> Letter:
    verdict = _text(values["authenticated"])
    if verdict not in ("pass", "fail", "none"):
        raise ValueError(verdict)
    date = values["date"]
    return Letter(
        message_id=_text(values["message_id"]),
        in_reply_to=_text(values["in_reply_to"]),
        references=_texts(values["references"]),
        date=None if date is None else datetime.fromtimestamp(float(date), UTC),
        from_=_address(values["from_"]) if values["from_"] else None,
        sender=_address(values["sender"]) if values["sender"] else None,
        resent_from=_address(values["resent_from"]) if values["resent_from"] else None,
        reply_to=tuple(map(_address, values["reply_to"])),
        to=tuple(map(_address, values["to"])),
        cc=tuple(map(_address, values["cc"])),
        delivered_to=_texts(values["delivered_to"]),
        subject=_text(values["subject"]),
        body_text=_text(values["body_text"]),
        body_html=_text(values["body_html"]),
        reply_text=_text(values["reply_text"]),
        attachments=_attachments(values["attachments"], data),
        auto_reply=values["auto_reply"] is True,
        no_automatic_answer=values["no_automatic_answer"] is True,
        by_web_program=values["by_web_program"] is True,
        bounce=_bounce(values["bounce"]) if values["bounce"] else None,
        is_list=values["is_list"] is True,
        authenticated=cast(Any, verdict),
        spam=values["spam"] is True,
        notices=_texts(values["notices"]),
    )


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError(type(value).__name__)
    return value


def _texts(values: object) -> tuple[str, ...]:
    if not isinstance(values, list):
        raise TypeError(type(values).__name__)
    return tuple(map(_text, values))


def _pair(address: Address) -> list[str]:
    return [address.name, address.address]


def _address(pair: list[object]) -> Address:
    return Address(_text(pair[0]), _text(pair[1]))


def _bounce(values: dict[str, object]) -> Bounce:
    kind = _text(values["kind"])
    return Bounce(
        kind="failed" if kind == "failed" else "delayed" if kind == "delayed" else "other",
        recipient=_text(values["recipient"]),
        status=_text(values["status"]),
        diagnostic=_text(values["diagnostic"]),
        original_message_id=_text(values["original_message_id"]),
    )


def _attachments(rows: list[list[object]], data: memoryview) -> tuple[Attachment, ...]:
    found = []
    position = 0
    for name, kind, inline, content_id, size in rows:
        if not isinstance(size, int) or not 0 <= size <= len(data) - position:
            raise ValueError("size")
        content = bytes(data[position : position + size])
        position += size
        words = _text(name), _text(kind), inline is True, _text(content_id)
        found.append(Attachment(*words, content))
    return tuple(found)
