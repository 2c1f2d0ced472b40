"""The filters every agent has: where a conversation is found, and in which order."""

from collections.abc import Callable
from dataclasses import dataclass

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from okno.access.models import Agent
from okno.desk.models import Status

_HERE = Q(is_spam=False, binned_at=None, merged_into=None)
_LIVE = _HERE & Q(status__in=(Status.OPEN, Status.PENDING))
_AWAKE = _LIVE & Q(snoozed_until=None)


@dataclass(frozen=True)
class Filter:
    """One filter. Counted ones hold open or pending conversations only: their count is cheap."""

    key: str
    title: str | Promise
    icon: str
    empty: str | Promise
    where: Callable[[Agent], Q]
    is_counted: bool = True
    is_strong: bool = False
    longest_wait_first: bool = False


FILTERS = (
    Filter(
        "waiting",
        pgettext_lazy("filter", "Waiting for us"),
        "inbox",
        pgettext_lazy("filter", "Nobody is waiting for an answer."),
        lambda agent: _AWAKE & Q(status=Status.OPEN, waiting_since__isnull=False),
        is_strong=True,
        longest_wait_first=True,
    ),
    Filter(
        "mine",
        pgettext_lazy("filter", "Mine"),
        "user",
        pgettext_lazy("filter", "Nothing is assigned to you."),
        lambda agent: _AWAKE & Q(assignee_id=agent.pk),
    ),
    Filter(
        "unassigned",
        pgettext_lazy("filter", "Unassigned"),
        "user-plus",
        pgettext_lazy("filter", "Everything has somebody who answers for it."),
        lambda agent: _AWAKE & Q(assignee=None),
    ),
    Filter(
        "snoozed",
        pgettext_lazy("filter", "Snoozed"),
        "snooze",
        pgettext_lazy("filter", "Nothing is snoozed."),
        lambda agent: _LIVE & Q(snoozed_until__isnull=False),
    ),
    Filter(
        "open",
        pgettext_lazy("filter", "All open"),
        "message",
        pgettext_lazy("filter", "There are no open conversations."),
        lambda agent: _LIVE,
    ),
    Filter(
        "solved",
        pgettext_lazy("filter", "Solved"),
        "ok",
        pgettext_lazy("filter", "Nothing is solved yet."),
        lambda agent: _HERE & Q(status__in=(Status.SOLVED, Status.CLOSED)),
        is_counted=False,
    ),
    Filter(
        "spam",
        pgettext_lazy("filter", "Spam"),
        "shield",
        pgettext_lazy("filter", "There is no spam."),
        lambda agent: Q(is_spam=True, binned_at=None),
        is_counted=False,
    ),
    Filter(
        "bin",
        pgettext_lazy("filter", "Bin"),
        "trash",
        pgettext_lazy("filter", "The bin is empty."),
        lambda agent: Q(binned_at__isnull=False),
        is_counted=False,
    ),
)
_BY_KEY = {found.key: found for found in FILTERS}


def chosen(key: str) -> Filter:
    """The filter of that key, the first one for an unknown key."""
    return _BY_KEY.get(key, FILTERS[0])
