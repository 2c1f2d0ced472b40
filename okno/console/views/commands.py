"""The command palette and the sheet of keys, fetched when one of them is first opened."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_POST, require_safe

from okno.access.actions import change_own
from okno.access.models import Theme
from okno.access.policy import NotVisible
from okno.console import commands
from okno.console.answers import DOOR, agent_of
from okno.spine import unit


@require_safe
def show(request: HttpRequest) -> HttpResponse:
    """Both dialogs, shut."""
    agent = agent_of(request)
    context = {
        "commands": commands.listed(agent),
        "glossary": commands.glossary(),
        "groups": commands.KEYS,
    }
    return render(request, "console/_commands.html", context)


@require_POST
def theme(request: HttpRequest) -> HttpResponse:
    """Keep the theme that was chosen in the palette."""
    agent = agent_of(request)
    chosen = request.POST.get("theme", "")
    if chosen not in Theme.values:
        raise NotVisible("theme")
    with unit(agent, DOOR):
        change_own(agent, agent, theme=chosen)
    return HttpResponse(status=204)
