"""An agent's own settings: name, words, looks, password and sessions."""

from typing import Any

from django import forms
from django.contrib.auth import logout, update_session_auth_hash
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from okno.access import actions, door_queries, limits
from okno.access.policy import NotVisible
from okno.console.answers import DOOR, agent_of, told
from okno.console.own_forms import ChangePassword, OwnSettings, SignOut
from okno.kit import crypto
from okno.kit.browsers import browser_of
from okno.spine import unit

# The present password may be mistaken so often: (times, within seconds).
PROOFS = ((5, 300), (20, 3600))
HERE = "/settings/me/sign-in/"


def show(request: HttpRequest) -> HttpResponse:
    """Name, language, time zone, theme, notices, signature, keys."""
    agent = agent_of(request)
    own = {name: getattr(agent, name) for name in OwnSettings.base_fields}
    form = OwnSettings(request.POST or None, initial={**own, "timezone": agent.timezone or "UTC"})
    if request.method == "POST" and form.is_valid():
        with unit(agent, DOOR):
            changed = actions.change_own(agent, agent, **form.cleaned_data)
        translation.activate(changed.language)
        told(request, pgettext("toast", "Saved"))
        return HttpResponseRedirect("/settings/me/")
    context = {"form": form, "tab": "me"}
    status = 422 if form.errors else 200
    return render(request, "console/settings/me.html", context, status=status)


def proves(request: HttpRequest, form: forms.Form) -> bool:
    """Whether the form holds the present password; says in the form when it does not."""
    user = agent_of(request).user
    guess = limits.guess("proof", {f"user:{user.pk if user else 0}": PROOFS})
    if guess.wait:
        form.add_error("present", pgettext("password", "Too many tries. Wait a few minutes."))
        return False
    if user is None or not user.check_password(form.cleaned_data["present"]):
        form.add_error("present", pgettext("password", "This is not your present password."))
        return False
    guess.was_right()
    return True


def sign_in(request: HttpRequest, form: forms.Form | None = None) -> HttpResponse:
    """Password, second factors, and where one is signed in."""
    agent = agent_of(request)
    own = request.session.session_key
    context: dict[str, Any] = {
        "form": form or ChangePassword(agent=agent),
        "sign_out": SignOut(agent=agent, auto_id="sign_out_%s"),
        "factors": door_queries.factors(agent, agent),
        "sessions": [
            (name_of(row.session_key), row, _device(row.device), row.session_key == own)
            for row in door_queries.sessions(agent, agent)
        ],
        "tab": "me-sign-in",
    }
    status = 422 if form is not None else 200
    return render(request, "console/settings/sign_in.html", context, status=status)


def _device(said: str) -> str:
    browser = browser_of(said)
    return " · ".join(filter(None, (browser.name, browser.system)))


def name_of(session_key: str) -> str:
    """What a page calls a session: its key is a secret even from its own page."""
    return crypto.digest(session_key)[:24]


@require_POST
def change_password(request: HttpRequest) -> HttpResponse:
    """Another password; every other session ends."""
    agent = agent_of(request)
    form = ChangePassword(request.POST, agent=agent)
    if not (form.is_valid() and proves(request, form)):
        return sign_in(request, form)
    with unit(agent, DOOR):
        actions.change_password(
            agent,
            agent,
            form.cleaned_data["password"],
            keep_session=request.session.session_key or "",
            keep_tokens=bool(form.cleaned_data.get("keep_tokens")),
        )
    if agent.user is not None:
        update_session_auth_hash(request, agent.user)
    told(request, pgettext("toast", "The password is changed; all other devices are signed out"))
    return HttpResponseRedirect(HERE)


@require_POST
def end_session(request: HttpRequest, name: str) -> HttpResponse:
    """Sign one device out."""
    agent = agent_of(request)
    rows = door_queries.sessions(agent, agent)
    found = next((row for row in rows if name_of(row.session_key) == name), None)
    if found is None:
        raise NotVisible("session")
    with unit(agent, DOOR):
        actions.sign_out(agent, agent, only=found.session_key)
    if found.session_key == request.session.session_key:
        logout(request)
        return HttpResponseRedirect("/sign-in/")
    told(request, pgettext("toast", "That device is signed out"))
    return HttpResponseRedirect(HERE)


@require_POST
def end_others(request: HttpRequest) -> HttpResponse:
    """Sign all other devices out."""
    agent = agent_of(request)
    with unit(agent, DOOR):
        own = request.session.session_key or ""
        actions.sign_out(agent, agent, keep=own, with_tokens="keep_tokens" not in request.POST)
    told(request, pgettext("toast", "All other devices are signed out"))
    return HttpResponseRedirect(HERE)


@require_POST
def end_all(request: HttpRequest) -> HttpResponse:
    """Sign out everywhere, here too."""
    agent = agent_of(request)
    with unit(agent, DOOR):
        actions.sign_out(agent, agent, with_tokens="keep_tokens" not in request.POST)
    logout(request)
    return HttpResponseRedirect("/sign-in/")
