"""Saved views: an agent's own, and those that supervisors share."""

from collections.abc import Iterable
from typing import Any

from okno.access.models import Agent, Team
from okno.access.policy import Forbidden, authorize, person
from okno.desk import conditions
from okno.desk.buckets import Asked, can_be_counted
from okno.desk.events import ViewChanged, ViewDeleted, ViewRestored, ViewSaved
from okno.desk.models import View
from okno.desk.sorting import sort_named
from okno.kit import clock
from okno.kit.text import one_line
from okno.spine import Actor, record

MOST_CONDITIONS = 12
# Each counted view is asked of each conversation that changes, so their number has an end.
MOST_VIEWS = 50
LONGEST_NAME = 60
ICONS = ("filter", "star", "alert", "clock", "tag", "users", "user", "inbox", "mail", "message")


def checked(asked: Iterable[Asked]) -> list[dict[str, Any]]:
    """Conditions in their stored form; raises BadCondition for what is not on the allow-list."""
    found = []
    for one in asked:
        if set(one) != {"name", "operator", "value"}:
            raise conditions.BadCondition("a condition has name, operator and value")
        condition = conditions.get(one["name"])
        value = condition.check(one["operator"], one["value"])
        found.append({"name": condition.name, "operator": one["operator"], "value": value})
    if not 0 < len(found) <= MOST_CONDITIONS:
        raise conditions.BadCondition(f"a filter has 1 to {MOST_CONDITIONS} conditions")
    return found


def save_view(
    actor: Actor,
    name: str,
    asked: Iterable[Asked],
    *,
    sort: str = "newest",
    icon: str = "filter",
    is_shared: bool = False,
    team: Team | None = None,
) -> View:
    """Keep a filter under a name; shared ones (with `team`, or all) need the right to share.

    Raises BadCondition, and ValueError for a bad name, order or picture or too many views.
    """
    authorize(actor, "view.change")
    if is_shared:
        authorize(actor, "view.share")
    owner = person(actor)
    if not isinstance(owner, Agent):
        raise Forbidden("only agents have filters")
    if View.objects.filter(owner=owner, removed_at=None).count() >= MOST_VIEWS:
        raise ValueError("there are 50 filters of yours already; delete one first")
    found = View(owner=owner, is_shared=is_shared, team=team if is_shared else None)
    _fill(found, name=name, asked=asked, sort=sort, icon=icon)
    found.save()
    record(ViewSaved(found.pk, is_shared))
    return found


def _fill(found: View, *, name: str, asked: Iterable[Asked], sort: str, icon: str) -> None:
    found.name = one_line(name, LONGEST_NAME)
    if not found.name:
        raise ValueError("a filter needs a name")
    if icon not in ICONS:
        raise ValueError(f"no picture {icon[:24]!r}")
    found.icon = icon
    found.conditions = checked(asked)
    found.sort = sort_named(sort).name
    found.is_counted = can_be_counted(found.conditions)


def change_view(
    actor: Actor,
    view: View,
    *,
    name: str,
    asked: Iterable[Asked],
    sort: str,
    icon: str,
    is_shared: bool,
    team: Team | None = None,
) -> View:
    """Write all of a view anew; raises as `save_view` does."""
    authorize(actor, "view.change", view)
    if is_shared:
        authorize(actor, "view.share")
    fresh = View.objects.select_for_update(of=("self",)).get(pk=view.pk)
    before = _shown(fresh)
    _fill(fresh, name=name, asked=asked, sort=sort, icon=icon)
    fresh.is_shared, fresh.team = is_shared, team if is_shared else None
    if fields := [key for key, value in _shown(fresh).items() if before[key] != value]:
        fresh.save()
        record(ViewChanged(fresh.pk, fields))
    return fresh


def _shown(view: View) -> dict[str, Any]:
    columns = ("name", "icon", "conditions", "sort", "is_shared", "team_id")
    return {column: getattr(view, column) for column in columns}


def delete_view(actor: Actor, view: View) -> None:
    """Take a view off the list; `restore_view` brings it back."""
    authorize(actor, "view.change", view)
    if View.objects.filter(pk=view.pk, removed_at=None).update(removed_at=clock.now()):
        record(ViewDeleted(view.pk))


def restore_view(actor: Actor, view: View) -> None:
    """Bring a deleted view back."""
    authorize(actor, "view.change", view)
    if View.objects.filter(pk=view.pk).exclude(removed_at=None).update(removed_at=None):
        record(ViewRestored(view.pk))
