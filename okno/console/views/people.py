"""Administration: agents, their invitations and teams."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_POST

from okno.access import actions, door_queries
from okno.access import queries as access
from okno.access.models import Agent, PasswordLink
from okno.access.password_letters import invite
from okno.access.policy import authorize, can
from okno.access.system_mail import way_out
from okno.console.answers import DOOR, agent_of, refused, told
from okno.console.forms import NewTeam
from okno.console.own_forms import AgentCard, Invitation
from okno.console.phrases import reason
from okno.desk.actions.staff import switch_off
from okno.kit import clock
from okno.spine import unit

HOME = "/settings/people/"


def show(request: HttpRequest) -> HttpResponse:
    """Agents and teams; POST invites one more."""
    agent = agent_of(request)
    form = Invitation(
        request.POST or None,
        teams=list(access.teams(agent)),
        initial={"language": agent.language},
    )
    link = ""
    if request.method == "POST":
        authorize(agent, "agent.manage")
        if form.is_valid():
            try:
                link = _invite(request, form.cleaned_data)
            except ValueError as error:
                form.add_error(None, reason(error))
            else:
                form = Invitation(
                    teams=list(access.teams(agent)), initial={"language": agent.language}
                )
    context = {**_context(agent), "form": form, "link": link}
    status = 422 if form.errors else 200
    return render(request, "console/settings/people.html", context, status=status)


def _context(agent: Agent) -> dict[str, Any]:
    open_ones, now = door_queries.invitations(agent), clock.now()
    rows = access.agents(agent).prefetch_related("teams")
    secured = door_queries.with_factors(agent)
    return {
        "people": [
            {
                "agent": row,
                "invitation": (link := open_ones.get(row.user_id or 0)),
                "is_over": link is not None and link.expires_at <= now,
                "has_factor": row.user_id in secured,
            }
            for row in rows
        ],
        "teams": list(access.teams(agent)),
        "team_form": NewTeam(auto_id="team-%s"),
        "may_manage": bool(can(agent, "agent.manage")),
        "has_mail": way_out() is not None,
        "tab": "people",
    }


def _invite(request: HttpRequest, given: dict[str, Any]) -> str:
    """Make the agent and send the letter; returns the link, which is shown this once."""
    agent = agent_of(request)
    teams = [access.team(agent, int(pk)) for pk in given["teams"]]
    with unit(agent, DOOR):
        made = actions.create_agent(
            agent,
            given["email"],
            given["name"],
            role=given["role"],
            teams=teams,
            language=given["language"],
        )
        secret = actions.make_link(agent, made, PasswordLink.Purpose.INVITATION)
        return invite(made, secret, agent.name)


@require_POST
def invite_again(request: HttpRequest, agent_id: int) -> HttpResponse:
    """A fresh link for somebody invited, or for somebody who has lost their password."""
    agent = agent_of(request)
    found = access.agent(agent, agent_id)
    try:
        with unit(agent, DOOR):
            secret = actions.make_link(agent, found, PasswordLink.Purpose.INVITATION)
            link = invite(found, secret, agent.name)
    except ValueError as error:
        refused(request, error)
        return HttpResponseRedirect(HOME)
    form = Invitation(teams=list(access.teams(agent)), initial={"language": agent.language})
    context = {**_context(agent), "form": form, "link": link}
    return render(request, "console/settings/people.html", context)


@require_POST
def revoke(request: HttpRequest, agent_id: int) -> HttpResponse:
    """Take an invitation back."""
    agent = agent_of(request)
    found = access.agent(agent, agent_id)
    with unit(agent, DOOR):
        actions.revoke_invitation(agent, found)
    told(request, pgettext("toast", "The invitation no longer works"))
    return HttpResponseRedirect(HOME)


def edit(request: HttpRequest, agent_id: int) -> HttpResponse:
    """Name, role and teams of an agent."""
    agent = agent_of(request)
    found = access.agent(agent, agent_id)
    authorize(agent, "agent.manage")
    teams = list(access.teams(agent))
    mine = [str(team.pk) for team in found.teams.all()]
    initial = {"name": found.name, "role": found.role, "teams": mine}
    form = AgentCard(request.POST or None, teams=teams, initial=initial)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        chosen = [team for team in teams if str(team.pk) in given["teams"]]
        try:
            with unit(agent, DOOR):
                actions.change_agent(
                    agent, found, name=given["name"], role=given["role"], teams=chosen
                )
        except ValueError as error:
            form.add_error(None, reason(error))
        else:
            told(request, pgettext("toast", "Saved"))
            return HttpResponseRedirect(HOME)
    context = {
        "person": found,
        "form": form,
        "has_factor": found.user_id in door_queries.with_factors(agent),
        "tab": "people",
    }
    status = 422 if form.errors else 200
    return render(request, "console/settings/person.html", context, status=status)


@require_POST
def switch(request: HttpRequest, agent_id: int) -> HttpResponse:
    """Let an agent work or not; without them their conversations wait for the team."""
    agent = agent_of(request)
    found = access.agent(agent, agent_id)
    try:
        with unit(agent, DOOR):
            if found.is_active:
                _say_freed(request, found, switch_off(agent, found))
            else:
                actions.change_agent(agent, found, is_active=True)
                told(request, pgettext("toast", "The agent may sign in again"))
    except ValueError as error:
        refused(request, error)
    return HttpResponseRedirect(HOME)


def _say_freed(request: HttpRequest, found: Agent, count: int) -> None:
    words = ngettext(
        "%(name)s is signed out everywhere; %(count)s conversation has no assignee now",
        "%(name)s is signed out everywhere; %(count)s conversations have no assignee now",
        count,
    )
    told(request, words % {"name": found.name, "count": count})


@require_POST
def drop_factors(request: HttpRequest, agent_id: int) -> HttpResponse:
    """Help somebody who has lost phone and recovery codes."""
    agent = agent_of(request)
    found = access.agent(agent, agent_id)
    with unit(agent, DOOR):
        actions.drop_factors(agent, found)
    told(request, pgettext("toast", "The second step is gone: a password alone is enough"))
    return HttpResponseRedirect(f"/settings/people/{found.pk}/")
