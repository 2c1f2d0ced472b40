"""What is stuck and why, each with the press that moves it on."""

from collections.abc import Callable
from functools import wraps

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_POST, require_safe

from okno.access.models import Agent
from okno.access.policy import authorize, can
from okno.channels import queries as channels
from okno.console.answers import DOOR, agent_of, refused, told
from okno.desk import actions, queries
from okno.spine import unit
from okno.spine.queue import retry
from okno.spine.reading import retry_parked


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """All of it on one page, oldest first."""
    agent = agent_of(request)
    authorize(agent, "stuck.view")
    deliveries = queries.stuck_deliveries(agent)
    context = {
        "deliveries": deliveries,
        "held": sum(d.is_held for d in deliveries),
        "inbound": channels.stuck_inbound(agent),
        "jobs": list(channels.failed_jobs(agent)),
        "parked": list(channels.parked(agent)),
        "channels": [c for c in queries.channels(agent) if c.health == "trouble"],
        "may_manage": bool(can(agent, "channel.manage")),
        "section": "stuck",
    }
    context["is_empty"] = not any(
        context[name] for name in ("deliveries", "inbound", "jobs", "parked", "channels")
    )
    return render(request, "console/stuck.html", context)


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
