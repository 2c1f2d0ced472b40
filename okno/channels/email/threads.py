"""The unguessable thread token: in our Message-IDs and in the address replies go to.

128 bits of HMAC over the numbers it stands for, of exact length, compared in constant time. The
number in a subject is for people and joins nothing.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from okno.kit import crypto

_PURPOSE_ID = "thread.message-id"
_PURPOSE_ADDRESS = "thread.reply-address"
_ID = re.compile(r"<okno\.(a?[1-9]\d{0,17})\.([1-9]\d{0,17})\.([0-9a-f]{32})@[^<>@\s]{1,253}>")
_TAG = re.compile(r"(a?[1-9]\d{0,17})\.([0-9a-f]{32})")
_MENTION = re.compile(r"#([1-9]\d{0,17})\b")


@dataclass(frozen=True)
class Thread:
    """What a token stands for: a conversation, or an aside of one, which is written `a7`."""

    number: int
    is_aside: bool = False

    def __str__(self) -> str:
        return f"{'a' if self.is_aside else ''}{self.number}"


def message_id(thread: Thread, message: int, domain: str) -> str:
    """The Message-ID of one of our letters, the same on every try."""
    token = crypto.sign(_PURPOSE_ID, f"{thread}.{message}")
    return f"<okno.{thread}.{message}.{token}@{domain}>"


def reply_address(thread: Thread, address: str) -> str:
    """Where replies to a thread go: `support+12.<token>@example.org` (RFC 5233)."""
    local, _, domain = address.rpartition("@")
    token = crypto.sign(_PURPOSE_ADDRESS, str(thread))
    return f"{local}+{thread}.{token}@{domain}"


def in_id(text: str) -> Thread | None:
    """The thread of one of our own Message-IDs, None for anything else."""
    found = _ID.fullmatch(text)
    if found and crypto.is_signed(_PURPOSE_ID, f"{found[1]}.{found[2]}", found[3]):
        return _thread(found[1])
    return None


def in_address(address: str, own: Iterable[str]) -> Thread | None:
    """The thread of a reply address of one of our own addresses."""
    local, _, domain = address.rpartition("@")
    base, plus, tag = local.rpartition("+")
    found = _TAG.fullmatch(tag) if plus and f"{base}@{domain}" in own else None
    if found and crypto.is_signed(_PURPOSE_ADDRESS, found[1], found[2]):
        return _thread(found[1])
    return None


def _thread(text: str) -> Thread:
    return Thread(int(text.removeprefix("a")), text.startswith("a"))


def without_tag(address: str) -> str:
    """The address without what follows a plus sign."""
    local, _, domain = address.rpartition("@")
    return f"{local.partition('+')[0]}@{domain}"


def mentioned(subject: str) -> int | None:
    """A conversation number in a subject; good for a suggestion only."""
    found = _MENTION.search(subject)
    return int(found[1]) if found else None
