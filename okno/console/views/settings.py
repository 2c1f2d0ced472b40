"""Settings: channels, agents and teams, keys of programs."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST, require_safe

from okno.access import actions as access
from okno.access import queries as people
from okno.access.models import Agent
from okno.access.policy import NotVisible, authorize, can
from okno.channels.contract import Adapter, adapters, probes, system_mail_senders
from okno.channels.embedding import snippets
from okno.channels.intake import account_of
from okno.console.answers import DOOR, agent_of, refused, told
from okno.console.channel_names import told_apart
from okno.console.forms import ChannelBasics
from okno.console.own_forms import NewToken
from okno.console.phrases import reason
from okno.console.views.me import proves
from okno.desk import actions, queries
from okno.desk.models import Channel
from okno.spine import unit


@require_safe
def channels(request: HttpRequest) -> HttpResponse:
    """Every channel and how it is."""
    agent = agent_of(request)
    found = list(queries.channels(agent))
    names = told_apart(found)
    context = {
        "channels": [(c, adapters.get(c.kind), names[c.pk]) for c in found],
        "kinds": list(adapters),
        "may_manage": bool(can(agent, "channel.manage")),
        "tab": "channels",
    }
    return render(request, "console/settings/channels.html", context)


def _adapter(kind: str) -> Adapter:
    if kind not in adapters:
        raise NotVisible("kind")
    return adapters.get(kind)


def add_channel(request: HttpRequest, kind: str) -> HttpResponse:
    """Connect an account of a kind."""
    return _channel_form(request, _adapter(kind), None)


def channel(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Change a connected account."""
    found = queries.channel(agent_of(request), channel_id)
    return _channel_form(request, _adapter(found.kind), found)


def _channel_form(request: HttpRequest, adapter: Adapter, found: Channel | None) -> HttpResponse:
    agent, data = agent_of(request), request.POST or None
    authorize(agent, "channel.manage", found)
    basics = ChannelBasics(data, initial=_initial(agent, found), teams=people.teams(agent))
    own = adapter.form_class(data, initial=_own(found))
    if data is not None and all([basics.is_valid(), own.is_valid()]):
        try:
            saved = _save(request, adapter, found, basics.cleaned_data, own)
        except ValueError as error:
            basics.add_error(None, reason(error))
        else:
            told(request, pgettext("toast", "Saved"))
            return HttpResponseRedirect(f"/settings/channels/{saved.pk}/")
    context = {"channel": found, "adapter": adapter, "basics": basics, "own": own}
    context["sections"] = _sections(own)
    context["can_send"] = found is not None and adapter.kind in system_mail_senders
    context["snippets"] = snippets(found) if found is not None else ()
    context["can_look"] = found is not None and adapter.kind in probes
    status = 422 if basics.errors or own.errors else 200
    return render(request, "console/settings/channel.html", context, status=status)


def _sections(own: Any) -> list[tuple[Any, Any, list[Any]]]:
    """The kind's own groups of fields, as (title, help, fields)."""
    return [(title, text, [own[name] for name in names]) for title, text, names in own.sections]


def _initial(agent: Agent, found: Channel | None) -> dict[str, Any]:
    if found is None:
        return {"language": agent.language}
    names = ("name", "language", "signature", "is_active")
    return {"team": found.team_id or "", **{name: getattr(found, name) for name in names}}


def _own(found: Channel | None) -> dict[str, Any]:
    return {"address": found.address, **found.settings} if found else {}


def _save(
    request: HttpRequest, adapter: Adapter, found: Channel | None, given: dict[str, Any], own: Any
) -> Channel:
    agent = agent_of(request)
    team = people.team(agent, int(given.pop("team"))) if given["team"] else None
    given["team"] = team
    # What the form does not ask was set elsewhere and stays.
    others = {k: v for k, v in (found.settings if found else {}).items() if k not in own.fields}
    given |= {"address": own.cleaned_data["address"], "settings": {**others, **own.settings()}}
    with unit(agent, DOOR):
        if found is not None:
            return actions.change_channel(agent, found, secrets=own.secrets(), **given)
        is_active = given.pop("is_active")
        made = actions.create_channel(agent, adapter.kind, secrets=own.secrets(), **given)
        return made if is_active else actions.change_channel(agent, made, is_active=False)


@require_POST
def check(request: HttpRequest, channel_id: int) -> HttpResponse:
    """Try the account now and say what is wrong."""
    agent = agent_of(request)
    found = queries.channel(agent, channel_id)
    authorize(agent, "channel.manage", found)
    health = _adapter(found.kind).check(account_of(found))
    if health.is_well:
        told(request, health.text or pgettext("toast", "It works"))
    else:
        refused(request, ValueError(health.text))
    return HttpResponseRedirect(f"/settings/channels/{found.pk}/")


def tokens(request: HttpRequest) -> HttpResponse:
    """API keys; a new one asks for the password, is shown in this answer and never again."""
    agent = agent_of(request)
    form, text = NewToken(request.POST or None), ""
    if request.method == "POST" and form.is_valid() and proves(request, form):
        given = form.cleaned_data
        with unit(agent, DOOR):
            _, text = access.create_token(agent, agent, name=given["name"], scopes=[given["scope"]])
        form = NewToken()
    context = {"tokens": list(people.tokens(agent)), "form": form, "text": text, "tab": "tokens"}
    status = 422 if form.errors else 200
    return render(request, "console/settings/tokens.html", context, status=status)


@require_POST
def revoke_token(request: HttpRequest, token_id: int) -> HttpResponse:
    """End a key at once."""
    agent = agent_of(request)
    found = people.token(agent, token_id)
    with unit(agent, DOOR):
        access.revoke_token(agent, found)
    told(request, pgettext("toast", "The key no longer works"))
    return HttpResponseRedirect("/settings/tokens/")
