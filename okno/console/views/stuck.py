"""What is stuck and why, each with the press that moves it on."""

from collections.abc import Callable, Sequence
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_POST, require_safe

from okno.access.models import Agent
from okno.access.policy import authorize, can
from okno.channels import queries as channels
from okno.console.answers import DOOR, agent_of, refused, told
from okno.desk import actions, queries
from okno.spine import schedules, unit
from okno.spine.queue import retry
from okno.spine.reading import retry_parked


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Each list oldest first and page by page; the key of one leaves the others where they are."""
    agent = agent_of(request)
    authorize(agent, "stuck.view")
    context: dict[str, Any] = {
        "held": queries.count_held(agent),
        "channels": [c for c in queries.channels(agent) if c.health == "trouble"],
        "may_manage": bool(can(agent, "channel.manage")),
        "section": "stuck",
    }
    for name, read in LISTS.items():
        try:
            rows, following = read(agent, after=request.GET.get(name, ""))
        except queries.BadKey:
            rows, following = read(agent, after="")
        context[name] = rows
        context[f"{name}_next"] = _with(request, name, following) if following else ""
        context[f"{name}_first"] = _with(request, name, "") if request.GET.get(name) else ""
    context["is_empty"] = not any(context[name] for name in (*LISTS, "channels"))
    return render(request, "console/stuck.html", context)


LISTS: dict[str, Callable[..., tuple[Sequence[Any], str]]] = {
    "deliveries": queries.stuck_deliveries,
    "inbound": channels.stuck_inbound,
    "jobs": channels.failed_jobs,
    "timers": channels.failing_timers,
    "parked": channels.parked,
}


def _with(request: HttpRequest, name: str, key: str) -> str:
    """This page with another key for one of its lists."""
    keys = {n: request.GET[n] for n in LISTS if request.GET.get(n)} | {name: key}
    return "?" + urlencode({n: k for n, k in keys.items() if k}) + f"#{name}"


def _verb(act: Callable[..., str]) -> Callable[..., HttpResponse]:
    """A view that moves one thing on and shows the page again."""

    @require_POST
    @wraps(act)
    def view(request: HttpRequest, **ids: int) -> HttpResponse:
        agent = agent_of(request)
        authorize(agent, "stuck.view")
        try:
            told(request, act(agent, **ids))
        except ValueError as error:
            refused(request, error)
        return HttpResponseRedirect("/stuck/")

    return view


@_verb
def send_again(agent: Agent, delivery_id: int) -> str:
    """Try one delivery again."""
    delivery = queries.delivery(agent, delivery_id)
    with unit(agent, DOOR):
        actions.send_again(agent, delivery)
    return pgettext("toast", "On its way again")


@_verb
def mark_sent(agent: Agent, delivery_id: int) -> str:
    """It did arrive."""
    delivery = queries.delivery(agent, delivery_id)
    with unit(agent, DOOR):
        actions.mark_sent_by_hand(agent, delivery)
    return pgettext("toast", "Marked as sent")


@_verb
def release(agent: Agent) -> str:
    """Send everything that a restore held."""
    with unit(agent, DOOR):
        count = actions.release_held(agent)
    return ngettext("%(n)d message released", "%(n)d messages released", count) % {"n": count}


@_verb
def retry_job(agent: Agent, job_id: int) -> str:
    """Give a failed job its tries again."""
    retry(channels.failed_job(agent, job_id).pk)
    return pgettext("toast", "It will be tried again now")


@_verb
def retry_timer(agent: Agent, timer_id: int) -> str:
    """Let a timer that keeps failing come due at once."""
    schedules.retry(channels.failing_timer(agent, timer_id).pk)
    return pgettext("toast", "It will be tried again now")


@_verb
def forget_timer(agent: Agent, timer_id: int) -> str:
    """Give up a timer that keeps failing."""
    schedules.forget(channels.failing_timer(agent, timer_id).pk)
    return pgettext("toast", "Forgotten")


@_verb
def retry_event(agent: Agent, parked_id: int) -> str:
    """Let a reader take its parked events again."""
    found = channels.parked_event(agent, parked_id)
    try:
        count = retry_parked(found.reader, found.subject_type, found.subject_id)
    except Exception as error:
        # Whatever a reader raises is the news: it is shown, and the event stays parked.
        said = pgettext("reason", "It failed again: %(why)s")
        raise ValueError(said % {"why": f"{type(error).__name__}: {error}"[:200]}) from error
    return ngettext("%(n)d event taken", "%(n)d events taken", count) % {"n": count}
