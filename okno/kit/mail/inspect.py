"""One letter as one JSON object, for `okno mail inspect < letter`."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict

from okno.kit.mail.letter import Address
from okno.kit.mail.parse import parse


def inspect(raw: bytes) -> dict[str, object]:
    """What the parser makes of `raw`, ready for json.dumps. Raises Unreadable."""
    letter = parse(raw)
    return {
        "from": str(letter.from_) if letter.from_ else "",
        "to": _joined(letter.to),
        "cc": _joined(letter.cc),
        "reply_to": _joined(letter.reply_to),
        "subject": letter.subject,
        "date": letter.date.isoformat() if letter.date else None,
        "message_id": letter.message_id,
        "in_reply_to": letter.in_reply_to,
        "references": list(letter.references),
        "body_text": letter.body_text,
        "body_html": letter.body_html,
        "reply_text": letter.reply_text,
        "attachments": [
            {
                "filename": attachment.filename,
                "size": len(attachment.data),
                "content_type": attachment.content_type,
                "inline": attachment.inline,
                "content_id": attachment.content_id,
            }
            for attachment in letter.attachments
        ],
        "auto_reply": letter.auto_reply,
        "no_automatic_answer": letter.no_automatic_answer,
        "is_list": letter.is_list,
        "spam": letter.spam,
        "bounce": asdict(letter.bounce) if letter.bounce else None,
        "notices": list(letter.notices),
    }


def _joined(addresses: Iterable[Address]) -> str:
    return ", ".join(map(str, addresses))
