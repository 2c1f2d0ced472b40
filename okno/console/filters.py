"""The filters every agent has: where a conversation is found, and in which order."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from okno.access.models import Agent
from okno.desk import conditions, saved
from okno.desk.buckets import ALIVE, AWAKE, HERE, WAITING, bucket_of, where
from okno.desk.models import Status, View
from okno.kit.numbers import identifier


def _is(name: str, value: Any) -> dict[str, Any]:
    return {"name": name, "operator": "is", "value": value}


# What the fixed filters ask, as far as a saved one can: it never shows spam or the bin.
_LIVE = _is("status", [str(Status.OPEN), str(Status.PENDING)])
_NOT_SNOOZED = _is("snoozed", False)


@dataclass(frozen=True)
class Filter:
    """One filter, fixed or a saved view. `is_counted`: the log keeps its count."""

    key: str
    title: str | Promise
    icon: str
    empty: str | Promise
    where: Callable[[Agent], Q]
    is_counted: bool = True
    is_strong: bool = False
    sort: str = "newest"
    view: View | None = None
    asked: tuple[dict[str, Any], ...] = ()
    # Which of the chats with a visitor on the site stand above this list; None: none of them.
    chats: Callable[[Agent], Q] | None = None


FILTERS = (
    Filter(
        "waiting",
        pgettext_lazy("filter", "Waiting for us"),
        "inbox",
        pgettext_lazy("filter", "Nobody is waiting for an answer."),
        lambda agent: WAITING,
        is_strong=True,
        sort="time_left",
        asked=(_is("status", [str(Status.OPEN)]), _is("waiting", True), _NOT_SNOOZED),
        chats=lambda agent: Q(),
    ),
    Filter(
        "mine",
        pgettext_lazy("filter", "Mine"),
        "user",
        pgettext_lazy("filter", "Nothing is assigned to you."),
        lambda agent: AWAKE & Q(assignee_id=agent.pk),
        asked=(_LIVE, _is("assignee", ["me"]), _NOT_SNOOZED),
        chats=lambda agent: Q(assignee_id=agent.pk),
    ),
    Filter(
        "unassigned",
        pgettext_lazy("filter", "Unassigned"),
        "user-plus",
        pgettext_lazy("filter", "Everything has somebody who answers for it."),
        lambda agent: AWAKE & Q(assignee=None),
        asked=(_LIVE, _is("assignee", ["nobody"]), _NOT_SNOOZED),
        chats=lambda agent: Q(assignee=None),
    ),
    Filter(
        "snoozed",
        pgettext_lazy("filter", "Snoozed"),
        "snooze",
        pgettext_lazy("filter", "Nothing is snoozed."),
        lambda agent: ALIVE & Q(snoozed_until__isnull=False),
        asked=(_LIVE, _is("snoozed", True)),
    ),
    Filter(
        "open",
        pgettext_lazy("filter", "All open"),
        "message",
        pgettext_lazy("filter", "There are no open conversations."),
        lambda agent: ALIVE,
        asked=(_LIVE,),
        chats=lambda agent: Q(),
    ),
    Filter(
        "solved",
        pgettext_lazy("filter", "Solved"),
        "ok",
        pgettext_lazy("filter", "Nothing is solved yet."),
        lambda agent: HERE & Q(status__in=(Status.SOLVED, Status.CLOSED)),
        asked=(_is("status", [str(Status.SOLVED), str(Status.CLOSED)]),),
    ),
    Filter(
        "spam",
        pgettext_lazy("filter", "Spam"),
        "shield",
        pgettext_lazy("filter", "There is no spam."),
        lambda agent: Q(is_spam=True, binned_at=None),
    ),
    Filter(
        "bin",
        pgettext_lazy("filter", "Bin"),
        "trash",
        pgettext_lazy("filter", "The bin is empty."),
        lambda agent: Q(binned_at__isnull=False),
    ),
)
_BY_KEY = {found.key: found for found in FILTERS}


def of_view(view: View) -> Filter:
    """A saved view as a filter; its key is that of its count."""
    return Filter(
        bucket_of(view.pk),
        view.name,
        view.icon,
        pgettext_lazy("filter", "Nothing fits this filter now."),
        lambda agent: where(conditions.parse(view.conditions), agent),
        is_counted=view.is_counted,
        sort=view.sort,
        view=view,
    )


def chosen(agent: Agent, key: str) -> Filter:
    """The filter of that key, the first one for an unknown key; raises NotVisible for a view that
    this agent does not have."""
    view_id = identifier(key[1:]) if key[:1] == "v" else None
    if view_id is not None:
        return of_view(saved.view(agent, view_id))
    return _BY_KEY.get(key, FILTERS[0])
