"""A visitor's first message is on its way: until it is read they are nobody yet, so no hint of the
log can be for them, and their open page looks by itself."""

import hashlib
from collections.abc import Callable

from okno.spine.boards import Board, Listener

SECONDS = 20
_board = Board("arrivals", SECONDS)


def number_of(address: str) -> int:
    """What a visitor's address is called on the board; two of one number cost a look too many."""
    return int.from_bytes(hashlib.sha256(address.encode()).digest()[:6])


def expect(address: str) -> None:
    """A message of someone unknown was accepted. Asks the database, so not in an event loop."""
    _board.write(number_of(address), "visitor", True)


def is_expected(number: int) -> bool:
    """Whether such a message came within the last seconds."""
    return bool(_board.read(number))


def listen(tell: Listener) -> Callable[[], None]:
    """Call `tell` with a visitor's number at each change, from any thread; returns the end."""
    return _board.listen(tell)
