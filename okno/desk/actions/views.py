"""Saved views: an agent's own, and those that supervisors share."""

from typing import Any

from okno.access.models import Agent, Team
from okno.access.policy import Forbidden, authorize, person
from okno.desk import conditions
from okno.desk.buckets import can_be_counted
from okno.desk.events import ViewChanged, ViewDeleted, ViewRestored, ViewSaved
from okno.desk.models import View
from okno.desk.sorting import sort_named
from okno.kit import clock
from okno.kit.text import one_line
from okno.spine import Actor, record, verb

# Each counted view is asked of each conversation that changes, so their number has an end.
MOST_VIEWS = 50
LONGEST_NAME = 60
ICONS = ("filter", "star", "alert", "clock", "tag", "users", "user", "inbox", "mail", "message")


@verb
def save_view(
    actor: Actor,
    name: str,
    asked: object,
    *,
    sort: str = "newest",
    icon: str = "filter",
    is_shared: bool = False,
    team: Team | None = None,
) -> View:
    """Keep a filter under a name; shared ones (with `team`, or all) need the right to share.

    `asked` is the JSON of an expression (`conditions.parse`). Raises BadCondition, and ValueError
    for a bad name, order or picture or too many views.
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


def _fill(found: View, *, name: str, asked: object, sort: str, icon: str) -> None:
    found.name = one_line(name, LONGEST_NAME)
    if not found.name:
        raise ValueError("a filter needs a name")
    if icon not in ICONS:
        raise ValueError(f"no picture {icon[:24]!r}")
    found.icon = icon
    expression = conditions.parse(asked)
    found.conditions = conditions.listed(expression)
    found.sort = sort_named(sort).name
    found.is_counted = can_be_counted(expression)


@verb
def change_view(
    actor: Actor,
    view: View,
    *,
    name: str,
    asked: object,
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


@verb
def delete_view(actor: Actor, view: View) -> None:
    """Take a view off the list; `restore_view` brings it back."""
    authorize(actor, "view.change", view)
    if View.objects.filter(pk=view.pk, removed_at=None).update(removed_at=clock.now()):
        record(ViewDeleted(view.pk))


@verb
def restore_view(actor: Actor, view: View) -> None:
    """Bring a deleted view back."""
    authorize(actor, "view.change", view)
    if View.objects.filter(pk=view.pk).exclude(removed_at=None).update(removed_at=None):
        record(ViewRestored(view.pk))
