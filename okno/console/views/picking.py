"""What the composer offers while one types: ready texts, colleagues, news of being called."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from okno.console.answers import DOOR, agent_of
from okno.desk import actions, composing, placeholders, queries
from okno.kit.html import text_to_html
from okno.spine import unit

MOST_OFFERED = 20


@require_safe
def saved_replies(request: HttpRequest, number: int) -> HttpResponse:
    """Ready texts that fit what was typed after the slash, filled for this conversation."""
    agent = agent_of(request)
    found = queries.conversation(agent, number)
    values = placeholders.values(found, agent)
    offered = [
        {
            "saved": saved,
            "text": placeholders.fill(saved.text, values),
            "html": placeholders.fill(saved.html or text_to_html(saved.text), values, is_html=True),
            "missing": placeholders.missing(saved.text, values),
        }
        for saved in composing.saved_replies(agent, request.GET.get("q", "")[:80])[:MOST_OFFERED]
    ]
    return render(request, "console/_pick_saved.html", {"offered": offered})


@require_POST
def use(request: HttpRequest, saved_id: int) -> HttpResponse:
    """A ready text went into the composer."""
    agent = agent_of(request)
    found = composing.saved_reply(agent, saved_id)
    with unit(agent, DOOR):
        actions.note_use(agent, found)
    return HttpResponse(status=204)


@require_safe
def colleagues(request: HttpRequest, number: int) -> HttpResponse:
    """Whom a note can call."""
    agent = agent_of(request)
    found = queries.conversation(agent, number)
    rows = composing.callable_agents(agent, found, request.GET.get("q", ""))
    return render(request, "console/_pick_agent.html", {"agents": rows})


@require_safe
def mentions(request: HttpRequest) -> HttpResponse:
    """Toasts for what the agent was called to since they were last told."""
    agent = agent_of(request)
    rows = composing.new_mentions(agent)
    if rows:
        with unit(agent, DOOR):
            actions.see_mentions(agent, rows[-1])
    return render(request, "console/_mentions.html", {"mentions": rows})
