"""Being at a conversation: pages say what their agent does there and ask who else is."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from okno.access.models import Agent
from okno.access.policy import can
from okno.console.answers import agent_of
from okno.console.company import present
from okno.console.visit import visit_of
from okno.desk import looking, queries
from okno.desk import typing as keys
from okno.desk.models import Conversation


@require_POST
def here(request: HttpRequest, number: int) -> HttpResponse:
    """The agent's tab looks, types a reply or a note, stops typing, or leaves."""
    agent = agent_of(request)
    found = queries.conversation(agent, number)
    does, tab = request.POST.get("does", ""), request.POST.get("tab", "")
    if does == "leaves":
        looking.leaves(number, agent, tab)
    else:
        looking.looks(number, agent, tab)
    if does in ("reply", "note"):
        _types(agent, found, does)
    elif does in ("stops", "leaves"):
        keys.types(number, keys.agent(agent.pk), agent.name, stops=True)
    return HttpResponse(status=204)


def _types(agent: Agent, found: Conversation, does: str) -> None:
    """Only who may write it: the client is told of one who types a reply."""
    if can(agent, f"conversation.{does}", found):
        keys.types(found.pk, keys.agent(agent.pk), agent.name, is_note=does == "note")


@require_safe
def company(request: HttpRequest, number: int) -> HttpResponse:
    """Who is there now, for the regions that show it."""
    agent = agent_of(request)
    found = queries.conversation(agent, number)
    context = {"conversation": found, "visit": visit_of(found), **present(agent, number)}
    return render(request, "console/_here.html", context)
