"""Administration: teams."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from okno.access import actions
from okno.access import queries as access
from okno.console.answers import DOOR, agent_of, refused, told
from okno.desk.actions.staff import delete_team
from okno.spine import unit

HOME = "/settings/people/"


@require_POST
def add(request: HttpRequest) -> HttpResponse:
    """A new group of agents."""
    agent = agent_of(request)
    try:
        with unit(agent, DOOR):
            actions.create_team(agent, request.POST.get("name", "")[:80])
    except ValueError as error:
        refused(request, error)
    else:
        told(request, pgettext("toast", "Team added"))
    return HttpResponseRedirect(HOME)


@require_POST
def rename(request: HttpRequest, team_id: int) -> HttpResponse:
    """Another name for a team."""
    agent = agent_of(request)
    found = access.team(agent, team_id)
    try:
        with unit(agent, DOOR):
            actions.rename_team(agent, found, request.POST.get("name", "")[:80])
    except ValueError as error:
        refused(request, error)
    else:
        told(request, pgettext("toast", "Saved"))
    return HttpResponseRedirect(HOME)


@require_POST
def delete(request: HttpRequest, team_id: int) -> HttpResponse:
    """Delete a team that nothing belongs to."""
    agent = agent_of(request)
    found = access.team(agent, team_id)
    try:
        with unit(agent, DOOR):
            delete_team(agent, found)
    except ValueError as error:
        refused(request, error)
    else:
        told(request, pgettext("toast", "Team deleted"))
    return HttpResponseRedirect(HOME)
