"""Who types where, right now: on a board, never stored, gone after some seconds."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

from okno.spine.boards import Board, Listener

SECONDS = 6
LONGEST = 500
CLIENT = "client"


@dataclass(frozen=True)
class Typist:
    """Someone at the keys: `client`, or an agent as `agent:<id>`; a client's words so far.

    `is_note` for an agent whose words only colleagues will read.
    """

    who: str
    name: str
    text: str = ""
    is_note: bool = False


_board = Board("typing", SECONDS)


def agent(agent_id: int) -> str:
    """How an agent is named among typists."""
    return f"agent:{agent_id}"


def types(
    conversation: int,
    who: str,
    name: str,
    text: str = "",
    *,
    stops: bool = False,
    is_note: bool = False,
) -> None:
    """Note that someone types in a conversation the caller may write in, or has stopped."""
    _board.write(conversation, who, None if stops else [name, text[:LONGEST], is_note])


def typists(conversation: int) -> list[Typist]:
    """Who types there now."""
    return [Typist(who, *line) for who, line in _board.read(conversation).items()]


def agents(found: Iterable[Typist]) -> list[Typist]:
    """Those of them who answer the client; who writes a note is nobody's business outside."""
    return [typist for typist in found if typist.who != CLIENT and not typist.is_note]


def listen(tell: Listener) -> Callable[[], None]:
    """Call `tell` with a conversation's number at each change, from any thread; returns the end."""
    return _board.listen(tell)
