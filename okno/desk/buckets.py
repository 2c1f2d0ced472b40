"""Under what a conversation is counted: the fixed filters and the saved views that can be.

Only what is open or pending is counted: everybody looks at that, and it stays a small set. A saved
view is counted when one row alone tells whether it belongs (no "me", no "within 3 days").
"""

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db.models import Q

from okno.desk import conditions
from okno.desk.models import Conversation, Status, View
from okno.spine import Actor

LIVE = (Status.OPEN, Status.PENDING)
HERE = Q(is_spam=False, binned_at=None, merged_into=None)
ALIVE = HERE & Q(status__in=LIVE)
AWAKE = ALIVE & Q(snoozed_until=None)
WAITING = AWAKE & Q(status=Status.OPEN, waiting_since__isnull=False)
# Counted for each agent alone, whatever the team.
MINE = "mine"

Asked = Mapping[str, Any]
Test = Callable[[Mapping[str, Any]], bool]
_PLAIN = (
    "number",
    "status",
    "team_id",
    "assignee_id",
    "waiting_since",
    "snoozed_until",
    "is_spam",
    "binned_at",
    "merged_into_id",
)


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


def where(asked: Iterable[Asked], viewer: Actor | None) -> Q:
    """All conditions of a view together; spam, the bin and merged ones never belong to one."""
    found = HERE
    for one in asked:
        condition = conditions.get(one["name"])
        found &= condition.where(one["operator"], one["value"], viewer)
    return found


def can_be_counted(asked: Sequence[Asked]) -> bool:
    """Whether the log can keep the count of these conditions."""
    return _asks_for_live_only(asked) and all(
        conditions.get(one["name"]).is_steady(one["operator"], one["value"]) for one in asked
    )


def _asks_for_live_only(asked: Sequence[Asked]) -> bool:
    statuses = set(Status.values)
    for one in asked:
        if one["name"] == "status":
            named = set(one["value"])
            statuses &= named if one["operator"] == "is" else statuses - named
    return statuses <= set(LIVE)


@lru_cache(maxsize=512)
def _tests(text: str) -> tuple[Test, ...]:
    return tuple(
        conditions.get(one["name"]).test(one["operator"], one["value"]) for one in json.loads(text)
    )


def _counted_views() -> list[tuple[str, tuple[Test, ...]]]:
    rows = View.objects.filter(removed_at=None, is_counted=True).values_list("pk", "conditions")
    return [(bucket_of(pk), _tests(json.dumps(asked, sort_keys=True))) for pk, asked in rows]


def places(numbers: Iterable[int] | None) -> list[Place]:
    """Where these conversations are counted, or all that can be (None). Reads only."""
    wanted = ALIVE if numbers is None else Q(pk__in=list(numbers))
    found = Conversation.objects.filter(wanted)
    views = _counted_views()
    rows = conditions.rows(found) if views else list(found.values(*_PLAIN))
    return [_place(row, views) for row in rows]


def _place(row: Mapping[str, Any], views: list[tuple[str, tuple[Test, ...]]]) -> Place:
    names = fixed(row)
    if names:
        names += [name for name, tests in views if all(test(row) for test in tests)]
    return Place(row["number"], row["team_id"] or 0, row["assignee_id"] or 0, " ".join(names))


def fixed(row: Mapping[str, Any]) -> list[str]:
    """The fixed filters a conversation stands in; none when it is not open or pending."""
    is_away = row["is_spam"] or row["binned_at"] is not None or row["merged_into_id"] is not None
    if is_away or row["status"] not in LIVE:
        return []
    if row["snoozed_until"] is not None:
        return ["open", "snoozed"]
    names = ["open", MINE if row["assignee_id"] is not None else "unassigned"]
    if row["status"] == Status.OPEN and row["waiting_since"] is not None:
        names.append("waiting")
    return names
