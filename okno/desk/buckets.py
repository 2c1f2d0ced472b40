"""Under what a conversation is counted: the fixed filters and the saved views that can be.

A conversation rests in one bucket when it is solved, spam or in the bin. Saved views count only
what is open or pending: everybody looks at that, and it stays a small set that can be counted anew
when a view changes. A saved view is counted when one row alone tells whether it belongs (no "me",
no "within 3 days").
"""

import json
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Q

from okno.desk import conditions
from okno.desk.conditions import AllOf, AnyOf, Expression, Not, Single
from okno.desk.models import Conversation, Status
from okno.spine import Actor

LIVE = (Status.OPEN, Status.PENDING)
HERE = Q(is_spam=False, binned_at=None, merged_into=None)
ALIVE = HERE & Q(status__live=True)
AWAKE = ALIVE & Q(snoozed_until=None)
WAITING = AWAKE & Q(status=Status.OPEN, waiting_since__isnull=False)
# Counted for each agent alone, whatever the team.
MINE = "mine"
BINNED, SPAM, SOLVED = RESTING = ("bin", "spam", "solved")

Test = Callable[[Mapping[str, Any]], bool]
# Plain statements: this is asked for each letter, and the ORM's own work would be most of it.
_STATE = """
SELECT number, team_id, assignee_id, status, waiting_since IS NOT NULL, snoozed_until IS NOT NULL,
    is_spam, binned_at IS NOT NULL, merged_into_id IS NOT NULL FROM desk_conversation WHERE
"""
_LIVE = "NOT is_spam AND binned_at IS NULL AND merged_into_id IS NULL AND status"
_VIEWS = "SELECT id, conditions FROM desk_view WHERE removed_at IS NULL AND is_counted ORDER BY id"
Tested = list[tuple[str, Test]]


@dataclass(frozen=True)
class Place:
    """Where a conversation is counted; no buckets when it is not."""

    number: int
    team_id: int
    agent_id: int
    buckets: str


def bucket_of(view_id: int) -> str:
    """The bucket of a saved view."""
    return f"v{view_id}"


def where(asked: Expression, viewer: Actor | None) -> Q:
    """The conversations of a view; spam, the bin and merged ones never belong to one."""
    return (ALIVE if _asks_for_live_only(asked) else HERE) & asked.where(viewer)


def can_be_counted(asked: Expression) -> bool:
    """Whether the log can keep the count of these conditions."""
    return _asks_for_live_only(asked) and asked.is_steady()


def _asks_for_live_only(asked: Expression) -> bool:
    return _statuses(asked) <= set(LIVE)


def _statuses(asked: Expression, *, is_denied: bool = False) -> set[str]:
    """The statuses under which a conversation may fit, or, when denied, may not fit."""
    match asked:
        case Single(condition=conditions.choices.status, operator=operator, value=value):
            named = set(value)
            return named if (operator == "is") is not is_denied else set(Status.values) - named
        case Not(term=term):
            return _statuses(term, is_denied=not is_denied)
        case AllOf(terms=terms) | AnyOf(terms=terms):
            each = [_statuses(term, is_denied=is_denied) for term in terms]
            # Not all of them is any of them not (De Morgan).
            is_all = isinstance(asked, AllOf) is not is_denied
            return set.intersection(*each) if is_all else set.union(*each)
    return set(Status.values)


@lru_cache(maxsize=512)
def _test(text: str) -> Test:
    return conditions.parse(json.loads(text)).test()


def _counted_views() -> Tested:
    with connection.cursor() as cursor:
        cursor.execute(_VIEWS)
        return [(bucket_of(pk), _test(asked)) for pk, asked in cursor.fetchall()]


def places(numbers: Collection[int] | None) -> list[Place]:
    """Where these conversations are counted, or all that do not rest (None). Reads only."""
    found = {place.number: place for place in _fixed_places(numbers)}
    live = [place.number for place in found.values() if place.buckets not in RESTING]
    if live and (views := _counted_views()):
        wanted = ALIVE if numbers is None else Q(pk__in=live)
        for row in conditions.rows(Conversation.objects.filter(wanted)):
            names = [name for name, fits in views if fits(row)]
            place = found[row["number"]]
            found[row["number"]] = replace(place, buckets=" ".join([place.buckets, *names]))
    gone = [number for number in numbers or () if number not in found]
    return [*found.values(), *(Place(number, 0, 0, "") for number in gone)]


def _fixed_places(numbers: Collection[int] | None) -> list[Place]:
    given: list[int | str] = list(LIVE if numbers is None else numbers)
    if not given:
        return []
    column = _LIVE if numbers is None else "number"
    marks = ", ".join(["%s"] * len(given))
    with connection.cursor() as cursor:
        cursor.execute(f"{_STATE} {column} IN ({marks})", given)
        rows = cursor.fetchall()
    return [
        Place(number, team or 0, agent or 0, " ".join(names))
        for number, team, agent, *state, is_spam, is_binned, is_merged in rows
        if (names := _resting(state[0], is_spam, is_binned, is_merged, _fixed(agent, *state)))
    ]


def _resting(
    status: str, is_spam: bool, is_binned: bool, is_merged: bool, otherwise: list[str]
) -> list[str]:
    """The one filter that a conversation rests in; what was merged shows in its head alone."""
    if is_binned or is_spam:
        return [BINNED if is_binned else SPAM]
    if is_merged:
        return []
    return otherwise if status in LIVE else [SOLVED]


def _fixed(agent: int | None, status: str, is_waiting: bool, is_snoozed: bool) -> list[str]:
    """The fixed filters that an open or pending conversation stands in."""
    if is_snoozed:
        return ["open", "snoozed"]
    names = ["open", MINE if agent is not None else "unassigned"]
    if status == Status.OPEN and is_waiting:
        names.append("waiting")
    return names
