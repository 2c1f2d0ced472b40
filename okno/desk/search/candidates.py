"""Looks into the index: from the newest message on, in pieces, until there is enough.

One join of everything with everything costs seconds at a million messages; each look here costs
milliseconds, and there is a most that one question may look at.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db import connection
from django.db.models import Q

from okno.access.models import Agent
from okno.access.policy import person
from okno.access.queries import team_ids
from okno.desk.models import Message
from okno.desk.search.index import ASSIGNEE, TEAM
from okno.desk.search.operators import Wanted
from okno.desk.search.picked import seen_of, sees_here
from okno.desk.search.snippets import has_phrase
from okno.kit import words
from okno.kit.search import stems
from okno.spine import Actor

LARGEST_LOOK, MOST_LOOKED = 5_000, 20_000
# Words in a row are looked for in the texts themselves.
MOST_READ = 2_000
# PostgreSQL looks through the newest messages themselves, one by one, and so finds a common word at
# once; further back its index must be asked, which reads all places of a word before the first.
FIRST_WINDOW = 4_000
_WINDOW = "message_id < %s AND message_id >= %s"
_FROM_INDEX = (
    f"SELECT message_id FROM desk_search WHERE stems @@ %s::tsquery AND {_WINDOW}"
    " ORDER BY message_id DESC LIMIT %s"
)
# Words that did not fill a page among the newest are rare. Of those the planner must not walk all
# messages, as it likes to when it is asked for few: half a second at a million, for nothing.
LEAST_OF_RARE = 500
_OF_RARE = _FROM_INDEX.replace("ORDER BY message_id", "ORDER BY message_id + 0")
# OFFSET 0 keeps the window whole.
_FROM_NEWEST = (
    "SELECT w.message_id FROM (SELECT message_id, stems, asked FROM desk_search"
    f" CROSS JOIN (SELECT %s::tsquery AS asked OFFSET 0) q WHERE {_WINDOW}"
    " ORDER BY message_id DESC OFFSET 0) w WHERE w.stems @@ w.asked LIMIT %s"
)
# OFFSET 0: or the planner reads the whole table of messages to join a thousand of them.
_WHOSE = (
    "SELECT s.message_id, m.conversation_id, {{fits}} FROM ({places}) s CROSS JOIN LATERAL"
    " (SELECT conversation_id FROM desk_message WHERE id = s.message_id AND aside_id IS NULL"
    " OFFSET 0) m ORDER BY s.message_id DESC"
)
_NEWEST = {
    # CROSS: the words decide, whatever the planner believes of the other table.
    "sqlite": (
        "SELECT s.rowid, m.conversation_id, {fits} FROM desk_search s CROSS JOIN desk_message m"
        " WHERE m.id = s.rowid AND m.aside_id IS NULL"
        " AND desk_search MATCH %s AND s.rowid < %s AND s.rowid >= %s"
        " ORDER BY s.rowid DESC LIMIT %s"
    ),
    "postgresql": _WHOSE.format(places=_FROM_INDEX),
}
_RARE = _WHOSE.format(places=_OF_RARE)
_WALK = _WHOSE.format(places=_FROM_NEWEST)
_NEWEST_ID = "SELECT max(id) FROM desk_message"
_END = 2**62
_AMONG = {
    "sqlite": "SELECT rowid FROM desk_search WHERE desk_search MATCH %s AND rowid IN ({})",
    "postgresql": (
        "SELECT message_id FROM desk_search WHERE stems @@ %s::tsquery AND message_id IN ({})"
    ),
}


# (message, conversation)
Place = tuple[int, ...]


@dataclass(frozen=True)
class Hit:
    """A conversation and its newest message that fits."""

    conversation_id: int
    message_id: int


@dataclass(frozen=True)
class Found:
    """Hits, newest first; where to look on, None when everything was looked at."""

    hits: list[Hit]
    position: int | None


class Looking:
    """One question of one actor."""

    def __init__(self, actor: Actor, wanted: Wanted) -> None:
        self.actor, self.wanted = actor, wanted
        asked = wanted.asked
        marks = marks_of(actor, only_mine=wanted.is_for_mine)
        self.expression = stems.expression(asked.terms, without=asked.unwanted, one_of=marks)
        self.phrases = [words.stems(phrase) for phrase in asked.phrases]

    def newest(self, before: int | None, limit: int) -> Found:
        """Up to `limit` conversations whose newest fitting message has an id below `before`."""
        hits: dict[int, int] = {}
        looked, position, end = 0, before, before
        for places, position in self._looks(before, 2 * limit):
            fitting = self._fitting([place[:2] for place in places if place[2]])
            passed = self._passed(fitting, end) if end is not None else set()
            for message_id, number in fitting:
                if number in passed or number in hits:
                    continue
                if len(hits) == limit:
                    return Found(_hits(hits), min(hits.values()))
                hits[number] = message_id
            looked += len(places)
            if looked >= (MOST_READ if self.phrases else MOST_LOOKED) and position is not None:
                return Found(_hits(hits), position)
        return Found(_hits(hits), None)

    def _looks(self, before: int | None, size: int) -> Iterator[tuple[list[Place], int | None]]:
        """Pieces of what holds the words, each with whether its conversation fits and may be seen,
        and where each piece ends; None at the very end."""
        fits, parameters = sees_here(self.actor, "m.conversation_id", condition(self.wanted))
        statement, top, bottom = _NEWEST[connection.vendor], before or _END, 0
        if connection.vendor == "postgresql":
            newest = before or _rows(_NEWEST_ID)[0][0] or 0
            bottom = max(0, newest - FIRST_WINDOW)
            statement = _WALK if bottom else statement
        while True:
            asked = statement.format(fits=fits)
            found = _rows(asked, *parameters, self.expression, top, bottom, size)
            is_full = len(found) == size
            top = found[-1][0] if is_full else bottom
            yield found, (top if is_full or bottom else None)
            if not (is_full or bottom):
                return
            size = min(size * 5, LARGEST_LOOK)
            if statement is _RARE:
                statement = _NEWEST["postgresql"]
            elif bottom and not is_full:
                statement, size = _RARE, max(size, LEAST_OF_RARE)
            bottom = bottom if is_full else 0

    def _fitting(self, places: list[Place]) -> list[Place]:
        """Those that fit in what their conversations do not tell, in the same order."""
        if places and (self.wanted.since or self.wanted.until):
            places = self._dated(places)
        return self._with_phrases(places) if places and self.phrases else places

    def _dated(self, found: list[Place]) -> list[Place]:
        rows = Message.objects.filter(
            _between(self.wanted.since, self.wanted.until), pk__in=[pk for pk, _ in found]
        )
        in_time = set(rows.values_list("pk", flat=True))
        return [place for place in found if place[0] in in_time]

    def _with_phrases(self, found: list[Place]) -> list[Place]:
        texts = {
            pk: rest
            for pk, *rest in Message.objects.filter(pk__in=[pk for pk, _ in found]).values_list(
                "pk", "text", "subject", "conversation__subject"
            )
        }
        return [pair for pair in found if has_phrase(texts.get(pair[0], []), self.phrases)]

    def _passed(self, fitting: list[Place], end: int) -> set[int]:
        """Those conversations that a page before has shown: they have a newer message that fits."""
        if not fitting:
            return set()
        numbers = {number for _, number in fitting}
        rows = Message.objects.filter(conversation_id__in=numbers, pk__gte=end)
        newer = dict(rows.values_list("pk", "conversation_id"))
        if not newer:
            return set()
        places = ",".join(["%s"] * len(newer))
        statement = _AMONG[connection.vendor].format(places)
        among = [newer[pk] for (pk,) in _rows(statement, self.expression, *newer)]
        shown = seen_of(self.actor, among, condition(self.wanted))
        found: list[Place] = [pair for pair in newer.items() if pair[1] in shown]
        return {number for _, number in self._fitting(found)}


def condition(wanted: Wanted) -> Q:
    """What is asked of the conversation itself; spam and the bin only when they are asked for."""
    here = Q(is_spam=False, binned_at=None)
    return wanted.where if wanted.is_about_hidden else wanted.where & here


def marks_of(actor: Actor, *, only_mine: bool = False) -> list[str]:
    """The marks of which each row that the actor may see has one, or each of their own; none for
    who sees everything."""
    who = person(actor)
    if isinstance(who, Agent) and only_mine:
        return [f"{ASSIGNEE}{who.pk}"]
    if not isinstance(who, Agent) or who.sees_all:
        return []
    teams = [f"{TEAM}{team}" for team in sorted({0, *team_ids(who)})]
    return [*teams, f"{ASSIGNEE}{who.pk}"]


def _between(since: datetime | None, until: datetime | None) -> Q:
    later = Q(created_at__gte=since) if since else Q()
    return later & Q(created_at__lt=until) if until else later


def _hits(found: dict[int, int]) -> list[Hit]:
    return [Hit(number, message_id) for number, message_id in found.items()]


def _rows(statement: str, *values: Any) -> list[tuple[int, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement, values)
        return list(cursor.fetchall())
