"""Names of requests: each has a root, made by the page on which it was first written."""

import hashlib
import re

from okno.kit import crypto

KIND = "form"
# What people are known by here: the address they fill in.
ADDRESSES = "email"
# Version 4 UUIDs as browsers and `uuid.uuid4` write them (RFC 9562).
CLIENT_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
# The page itself; and the link in a letter, which nobody has but who reads that mailbox.
_PAGE, _LETTER = "request", "request.letter"
_TOKEN = re.compile(r"(\d{1,18})-([0-9a-f]{32})", re.ASCII)


def root(client_id: str, body: bytes) -> str:
    """The root of a new request; a page sent again with other words begins another one."""
    return f"form:{client_id}:{hashlib.sha256(body).hexdigest()[:16]}"


def reply(root_id: str, client_id: str, body: bytes) -> str:
    """The id of a later message of that request."""
    return f"{root_id}:{client_id[:18]}:{hashlib.sha256(body).hexdigest()[:16]}"


def root_of(external_id: str) -> str:
    """The root in the external id of any message of a request."""
    return ":".join(external_id.split(":")[:3])


def token(number: int, first_message: int) -> str:
    """The end of a request's own address: names its first message, signed (128 bits)."""
    return f"{first_message}-{crypto.sign(_PAGE, f'{number}:{first_message}')}"


def letter_token(number: int, first_message: int) -> str:
    """The same for the link in a letter: whoever comes by it reads mail at the address given."""
    return f"{first_message}-{crypto.sign(_LETTER, f'{number}:{first_message}')}"


def first_message(number: int, text: str) -> int | None:
    """The first message that a token of ours names; None for any other text."""
    found = _TOKEN.fullmatch(text)
    if found is None:
        return None
    signed = f"{number}:{found[1]}"
    known = [crypto.is_signed(purpose, signed, found[2]) for purpose in (_PAGE, _LETTER)]
    return int(found[1]) if any(known) else None


def is_of_letter(number: int, text: str) -> bool:
    """Whether a token came by a letter of ours."""
    found = _TOKEN.fullmatch(text)
    return bool(found and crypto.is_signed(_LETTER, f"{number}:{found[1]}", found[2]))
