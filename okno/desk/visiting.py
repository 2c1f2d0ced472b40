"""Where on a site a client is right now: on a board, never stored, gone soon after they left."""

from collections.abc import Callable
from typing import Any

from okno.spine.boards import Board, Listener

# The chat says it every minute while it is in sight.
SECONDS = 100
_CLIENT = "client"

_board = Board("visiting", SECONDS)


def visits(conversation: int, place: dict[str, Any]) -> None:
    """Note the client's page: `page`, `title` and the `path` of pages before."""
    _board.write(conversation, _CLIENT, place)


def leaves(conversation: int) -> None:
    """The client has closed the page."""
    _board.write(conversation, _CLIENT, None)


def place(conversation: int) -> dict[str, Any] | None:
    """Where the client is, None when they are away."""
    found: dict[str, Any] | None = _board.read(conversation).get(_CLIENT)
    return found


def present() -> list[int]:
    """The numbers of the conversations whose clients are on the site now, the lowest first."""
    return _board.subjects()


def listen(tell: Listener) -> Callable[[], None]:
    """Call `tell` with a conversation's number at each change, from any thread; returns the end."""
    return _board.listen(tell)
