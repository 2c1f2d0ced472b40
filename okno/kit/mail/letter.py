"""What the parser makes of a letter: plain frozen values, no behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal


class Unreadable(Exception):
    """The letter breaks a limit (or the child) and was not parsed; `reason` is a short code."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Address:
    """`address` is canonical (lower case, punycode domain, no comments); `name` is for display."""

    name: str
    address: str

    def __str__(self) -> str:
        if not self.name:
            return self.address
        name = self.name
        if any(mark in name for mark in '",<>@;:()[]\\'):
            name = '"' + name.replace("\\", "\\\\").replace('"', '\\"') + '"'
        return f"{name} <{self.address}>"


@dataclass(frozen=True, slots=True)
class Attachment:
    """`data` is decoded; `content_id` is without angle brackets."""

    filename: str
    content_type: str
    inline: bool
    content_id: str
    data: bytes


@dataclass(frozen=True, slots=True)
class Bounce:
    """A report on a letter of ours. `status` is RFC 3463 (`5.1.1`) or ""."""

    kind: Literal["failed", "delayed", "other"]
    recipient: str
    status: str
    diagnostic: str
    original_message_id: str


Verdict = Literal["pass", "fail", "none"]


@dataclass(frozen=True, slots=True)
class Letter:
    """One parsed letter. `date` is UTC; `from_` is None when nobody can be named, and a guess when
    `notices` say bad_from. `resent_from` sent on what somebody else wrote (RFC 5322, 3.6.6).
    `auto_reply`: no person waits for an answer. `no_automatic_answer`: a program must not give one.
    `by_web_program`: a program of a web site made it, as for a contact form.

    `body_text` is all that a person sees, `reply_text` the sender's own words without quotes and
    signature, `body_html` the decoded HTML part as it came (never show it unsanitised).
    `notices` are codes: parts_differ, hidden_text, bidi_override, several_from, bad_from,
    name_looks_like_address, unknown_charset, truncated, header_cut, text_repaired,
    signature_unverified, encrypted.
    """

    message_id: str
    in_reply_to: str
    references: tuple[str, ...]
    date: datetime | None
    from_: Address | None
    sender: Address | None
    resent_from: Address | None
    reply_to: tuple[Address, ...]
    to: tuple[Address, ...]
    cc: tuple[Address, ...]
    delivered_to: tuple[str, ...]
    subject: str
    body_text: str
    body_html: str
    reply_text: str
    attachments: tuple[Attachment, ...]
    auto_reply: bool
    no_automatic_answer: bool
    by_web_program: bool
    bounce: Bounce | None
    is_list: bool
    authenticated: Verdict
    spam: bool
    notices: tuple[str, ...]
