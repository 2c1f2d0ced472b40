"""What every page knows."""

from typing import Any

from django.http import HttpRequest
from django.utils.functional import SimpleLazyObject

from okno.access.models import Agent
from okno.access.policy import can
from okno.console import when
from okno.console.filters import FILTERS, of_view
from okno.desk import saved
from okno.desk.models import Status
from okno.desk.ringing import ringing


def console(request: HttpRequest) -> dict[str, Any]:
    """The signed-in agent, if any, and which doors to show them."""
    agent = getattr(request, "agent", None)
    if agent is None:
        return {"agent": None}
    return {
        "agent": agent,
        "nav": SimpleLazyObject(lambda: _nav(agent)),
        "ringing": SimpleLazyObject(lambda: ringing(agent)),
        "may_see_stuck": bool(can(agent, "stuck.view")),
        "may_sort": bool(can(agent, "tag.manage")),
        "may_govern": bool(can(agent, "event.view")),
        "may_write": bool(can(agent, "conversation.open")),
        "may_share": bool(can(agent, "view.share")),
        "status_names": Status.choices,
        "snooze_times": SimpleLazyObject(when.snooze_choices),
    }


def _nav(agent: Agent) -> dict[str, Any]:
    """The filters with their counts; asked for only by pages that show them."""
    counts = saved.counts(agent)
    return {
        "filters": [(f, counts.get(f.key, 0)) for f in FILTERS],
        "views": [(f, counts.get(f.key, 0)) for f in map(of_view, saved.shown(agent))],
        "waiting": counts.get("waiting", 0),
    }
