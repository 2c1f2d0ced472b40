"""What a form is stamped with when it is shown: its own id, the time, and a small piece of work.

The id makes a second press of the button harmless. The work (a partial hash preimage, as in
Hashcash) costs a browser a blink and a flood of posts a machine; who runs no script does none and
is held to stricter limits instead.
"""

import hashlib
import re
import uuid
from dataclasses import dataclass

from okno.kit import clock, crypto

BITS = 14
LONGEST_SECONDS = 2 * 24 * 3600
SHORTEST_SECONDS = 2
_FORM = re.compile(r"([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.(\d{10})\.([0-9a-f]{32})", re.A)
_WORK = re.compile(r"[0-9]{1,12}", re.ASCII)


@dataclass(frozen=True)
class Stamp:
    """A good stamp: the page's id and its age in seconds."""

    client_id: str
    age: int

    @property
    def is_stale(self) -> bool:
        return self.age > LONGEST_SECONDS


def new(place: str) -> str:
    """A stamp for a form shown now; `place` says which form."""
    text = f"{uuid.uuid4()}.{int(clock.now().timestamp())}"
    return f"{text}.{crypto.sign('stamp', f'{place}:{text}')}"


def read(place: str, text: str) -> Stamp | None:
    """The stamp in a form that came back; None when it is none of ours for this place."""
    found = _FORM.fullmatch(text)
    if not found or not crypto.is_signed("stamp", f"{place}:{found[1]}.{found[2]}", found[3]):
        return None
    return Stamp(found[1], int(clock.now().timestamp()) - int(found[2]))


def is_worked(stamp: str, work: str) -> bool:
    """Whether SHA-256 of `stamp:work` begins with BITS zero bits."""
    if not _WORK.fullmatch(work):
        return False
    found = hashlib.sha256(f"{stamp}:{work}".encode()).digest()
    return int.from_bytes(found[:4], "big") >> (32 - BITS) == 0
