"""Which agents have a conversation open, right now: on a board, gone soon after their page."""

from collections.abc import Callable

from okno.access.models import Agent
from okno.spine.boards import Board, Listener

# Pages say every six seconds that they are still there.
SECONDS = 15
LONGEST_TAB = 16

_board = Board("looking", SECONDS)


def looks(conversation: int, agent: Agent, tab: str) -> None:
    """Note that an agent looks at a conversation they may see, in one of their tabs."""
    _board.write(conversation, f"{agent.pk}:{tab[:LONGEST_TAB]}", agent.name)


def leaves(conversation: int, agent: Agent, tab: str) -> None:
    """The tab shows something else now."""
    _board.write(conversation, f"{agent.pk}:{tab[:LONGEST_TAB]}", None)


def lookers(conversation: int) -> dict[int, str]:
    """Names of those who look, by their ids."""
    lines = _board.read(conversation)
    return {int(who.partition(":")[0]): str(name) for who, name in lines.items()}


def listen(tell: Listener) -> Callable[[], None]:
    """Call `tell` with a conversation's number at each change, from any thread; returns the end."""
    return _board.listen(tell)
