"""Beginning a conversation by writing first."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import pgettext

from okno.access.policy import authorize
from okno.console.answers import DOOR, agent_of, told
from okno.console.forms import FirstLetter
from okno.console.phrases import reason
from okno.console.thread import new_key
from okno.console.views.compose import files_of, people
from okno.desk import actions, queries
from okno.desk.actions import Body
from okno.desk.models import Conversation
from okno.spine import unit


def write_first(request: HttpRequest) -> HttpResponse:
    """Begin a conversation with a client."""
    agent = agent_of(request)
    authorize(agent, "conversation.open")
    able = [c for c in queries.channels(agent) if c.abilities.can_start and c.is_active]
    first = {"to": request.GET.get("to", ""), "key": new_key()}
    form = FirstLetter(request.POST or None, initial=first, channels=able)
    if request.method == "POST" and form.is_valid():
        try:
            opened = _first(request, form.cleaned_data)
        except ValueError as error:
            form.add_error(None, reason(error))
        else:
            told(request, pgettext("toast", "Conversation #%(n)s is open") % {"n": opened.pk})
            return HttpResponseRedirect(f"/conversations/{opened.pk}/?view=open")
    context = {"form": form, "has_channels": bool(able)}
    return render(request, "console/write.html", context, status=422 if form.errors else 200)


def _first(request: HttpRequest, given: dict[str, Any]) -> Conversation:
    agent = agent_of(request)
    channel = queries.channel(agent, int(given["channel"]))
    to = people(channel, given["to"])
    if len(to) != 1:
        raise ValueError(pgettext("reason", "Write to one address; others go into copy."))
    copies, files = people(channel, given["cc"]), files_of(request)
    with unit(agent, DOOR):
        return actions.write_first(
            agent,
            channel,
            to[0],
            given["subject"],
            Body(given["text"]),
            files=files,
            copies=copies,
            key=given["key"] or None,
        )
