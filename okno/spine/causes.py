"""Which doors an event's chain of causes went through, for readers that do not see their own."""

from collections.abc import Iterable

from okno.spine import rows
from okno.spine.contract import Happened, Reader
from okno.spine.models import Event


class Chains:
    """Looks at causes only where a reader's work caused a reader's: an event of depth 1 carries all
    of its chain that can be a reader's, so it costs no query; each step deeper costs one for all.
    """

    def __init__(self) -> None:
        self._doors: dict[int, frozenset[str]] = {}

    def wanted(self, reader: Reader, events: Iterable[Happened]) -> list[Happened]:
        """Those events that the reader asks for and, unless it sees them, did not cause."""
        asked = [event for event in events if reader.wants(event.name)]
        if reader.sees_own or not any(event.depth for event in asked):
            return asked
        self._learn(asked)
        return [e for e in asked if not e.depth or reader.via not in self._doors[e.id]]

    def _learn(self, events: list[Happened]) -> None:
        """Doors of all chains that are not known yet."""
        links = {
            e.id: (e.via, e.cause_id, e.depth)
            for e in events
            if e.depth and e.id not in self._doors
        }
        ahead = dict(links)
        while missing := {
            cause
            for _, cause, depth in ahead.values()
            if depth > 1 and cause is not None and cause not in links.keys() | self._doors.keys()
        }:
            ahead = {}
            for some in rows.portions(missing):
                found = rows.flat(Event, ("id", "via", "cause_id", "depth"), id__in=some)
                ahead.update({id_: link for id_, *link in found})
            if not ahead:
                break
            links.update(ahead)
        for id_ in sorted(links):
            via, cause, _ = links[id_]
            self._doors[id_] = frozenset((via,)) | self._doors.get(cause or 0, frozenset())
