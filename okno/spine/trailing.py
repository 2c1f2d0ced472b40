"""Parts of pages that show what a reader keeps hear of it once the reader has written it.

A hint goes out as soon as something happened; the reader that keeps, say, counts is a moment
later, and a page that fetched them at once would show the old ones for good.
"""

from dataclasses import dataclass, field

from okno.spine import rows
from okno.spine.contract import Happened, readers
from okno.spine.models import Cursor

FIRST_PAUSE, LONGEST_PAUSE = 0.03, 1.0
_parts: dict[str, str] = {}


def trail(reader: str, part: str) -> None:
    """Tell pages of `part` whenever that reader has passed what they were told of."""
    _parts[reader] = part


def owes(event: Happened) -> tuple[str, ...]:
    """The readers that will write something for this event."""
    return tuple(name for name in _parts if readers.get(name).wants(event.name))


@dataclass
class Owed:
    """What one page still waits for: the last event of each reader."""

    last: dict[str, int] = field(default_factory=dict)

    def add(self, event_id: int, names: tuple[str, ...]) -> None:
        """The page was told of an event that these readers have yet to pass."""
        for name in names:
            self.last[name] = event_id

    def settle(self, at: dict[str, int]) -> list[str]:
        """The parts that can be fetched now that the readers stand there."""
        passed = [name for name, last in self.last.items() if last <= at.get(name, 0)]
        for name in passed:
            del self.last[name]
        return [_parts[name] for name in passed]


class Watch:
    """Follows the cursors of the readers that pages wait for; looks often only while they do."""

    def __init__(self) -> None:
        self._until: dict[str, int] = {}
        self._at: dict[str, int] = {}
        self.pause = LONGEST_PAUSE

    def expect(self, event_id: int, names: tuple[str, ...]) -> None:
        """A hint of this event is on its way."""
        for name in names:
            self._until[name] = event_id
            self.pause = FIRST_PAUSE

    def news(self) -> dict[str, int]:
        """Where the readers stand, if pages wait for them and they have moved."""
        if not self._until:
            return {}
        at = dict(rows.flat(Cursor, ("reader", "last_id"), reader__in=list(self._until)))
        left = {name: last for name, last in self._until.items() if at.get(name, 0) < last}
        is_news = at != self._at or len(left) < len(self._until)
        self._until, self._at = left, at if left else {}
        self.pause = min(self.pause * 2, LONGEST_PAUSE) if left else LONGEST_PAUSE
        return at if is_news else {}
