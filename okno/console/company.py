"""Who else is at a conversation: colleagues who look or write, and the client at the keys."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from okno.access import queries as access
from okno.access.models import Agent
from okno.desk import looking, queries, visiting
from okno.desk import typing as keys
from okno.spine.live import Stream

MOST_SHOWN = 5


@dataclass(frozen=True)
class Colleague:
    """Someone else at the conversation; `does` is looks, replies or notes."""

    name: str
    does: str
    picture: str = ""

    @property
    def first(self) -> str:
        """The first word of the name, where room is short."""
        return self.name.split(maxsplit=1)[0] if self.name.strip() else "?"


def present(actor: Agent, number: int) -> dict[str, Any]:
    """What a page shows of it; the caller was given the conversation by `queries.conversation`."""
    typists = {typist.who: typist for typist in keys.typists(number)}
    found = []
    lookers = looking.lookers(number)
    pictures = access.pictures(actor, lookers.keys() - {actor.pk})
    for agent_id, name in sorted(lookers.items(), key=lambda one: one[1]):
        if agent_id == actor.pk:
            continue
        typist = typists.get(keys.agent(agent_id))
        does = "looks" if typist is None else "notes" if typist.is_note else "replies"
        found.append(Colleague(name, does, pictures.get(agent_id, "")))
    return {
        "company": found[:MOST_SHOWN],
        "more_company": max(0, len(found) - MOST_SHOWN),
        "writers": [one for one in found if one.does == "replies"],
        "note_writers": [one for one in found if one.does == "notes"],
        "client_types": typists.get(keys.CLIENT),
    }


class Ear:
    """Hears for one open stream what passes in the conversations that its agent looks at, and
    which visitors of chats come and go.

    What it rings for is a hint without content, and sight is asked again for each: a moment in a
    foreign conversation is news too.
    """

    def __init__(self, stream: Stream, agent_id: int) -> None:
        self._stream = stream
        self._agent_id = agent_id
        self._heard: dict[int, set[str]] = {}
        # Whose visitors are on the site, as the lists of this agent show it.
        self._visiting = set(visiting.present())
        boards = (keys, looking, visiting)
        self._ends: list[Callable[[], None]] = [board.listen(self._hear) for board in boards]
        self._ends.append(visiting.listen(self._comes_or_goes))

    def close(self) -> None:
        """Hear nothing more."""
        for end in self._ends:
            end()

    def take(self) -> dict[int, set[str]]:
        """The conversations in which something passed since the last time, and what it is part
        of: "here" is who is there, "list" the list of chats."""
        heard, self._heard = self._heard, {}
        return heard

    def _hear(self, number: int) -> None:
        """Called from any thread."""
        if self._agent_id in looking.lookers(number):
            self._stream.loop.call_soon_threadsafe(self._note, number, "here")

    def _comes_or_goes(self, number: int) -> None:
        """Called from any thread; which page a visitor looks at changes no list."""
        is_there = visiting.place(number) is not None
        if is_there == (number in self._visiting):
            return
        (self._visiting.add if is_there else self._visiting.discard)(number)
        self._stream.loop.call_soon_threadsafe(self._note, number, "list")

    def _note(self, number: int, part: str) -> None:
        self._heard.setdefault(number, set()).add(part)
        self._stream.awake.set()


def seen_of(viewer: Agent, numbers: list[int]) -> list[int]:
    """Those of the conversations that this agent may see now."""
    found = queries.visible_to(viewer).filter(pk__in=numbers)
    return list(found.order_by("pk").values_list("pk", flat=True))
