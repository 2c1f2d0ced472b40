"""Setting up and removing second factors; each step asks for the present password."""

import base64
import json
from typing import Any

from allauth.mfa.adapter import get_adapter
from allauth.mfa.totp.internal.auth import generate_totp_secret
from allauth.mfa.webauthn.internal import auth as webauthn
from django import forms
from django.core.serializers.json import DjangoJSONEncoder
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import pgettext

from okno.access import actions, door_queries
from okno.access.policy import NotVisible
from okno.console.answers import DOOR, agent_of, told
from okno.console.own_forms import AppCode, PasskeyName, Proof
from okno.console.phrases import reason
from okno.console.views.me import HERE, proves
from okno.kit import crypto
from okno.spine import unit


def add_app(request: HttpRequest) -> HttpResponse:
    """Connect an app that shows codes: its picture, then its first code."""
    agent = agent_of(request)
    sealed = request.POST.get("sealed", "")
    secret = _unsealed(sealed, agent.pk) or generate_totp_secret()
    form = AppCode(request.POST or None)
    if request.method == "POST" and form.is_valid() and proves(request, form):
        try:
            with unit(agent, DOOR):
                codes = actions.add_app(agent, agent, secret, form.cleaned_data["code"])
        except ValueError as error:
            form.add_error("code", reason(error))
        else:
            told(request, pgettext("toast", "From now on sign-in asks for a code"))
            return _after(request, codes)
    url = get_adapter().build_totp_url(agent.user, secret)
    context = {
        "form": form,
        "secret": secret,
        "sealed": crypto.seal(f"{agent.pk}:{secret}"),
        "picture": _picture(get_adapter().build_totp_svg(url)),
        "tab": "me-sign-in",
    }
    status = 422 if form.errors else 200
    return render(request, "console/settings/add_app.html", context, status=status)


def _unsealed(sealed: str, agent_id: int) -> str:
    """The secret that this page was shown with, "" for any other text."""
    try:
        owner, _, secret = crypto.unseal(sealed).partition(":")
    except crypto.Tampered:
        return ""
    return secret if owner == str(agent_id) else ""


def _picture(svg: str) -> str:
    return "data:image/svg+xml;base64," + base64.b64encode(svg.encode()).decode()


def add_passkey(request: HttpRequest) -> HttpResponse:
    """Keep a passkey of this device or of a key."""
    agent = agent_of(request)
    form = PasskeyName(request.POST or None)
    if request.method == "POST" and form.is_valid() and proves(request, form):
        try:
            credential = form.cleaned_data["credential"] or {}
            webauthn.parse_registration_response(credential)
            webauthn.complete_registration(credential)
            with unit(agent, DOOR):
                codes = actions.add_passkey(agent, agent, form.cleaned_data["name"], credential)
        except (ValueError, KeyError, TypeError, forms.ValidationError):
            words = pgettext("second factor", "The browser did not finish. Try once more.")
            form.add_error(None, words)
        else:
            told(request, pgettext("toast", "The passkey works now"))
            return _after(request, codes)
    options = webauthn.begin_registration(agent.user, passwordless=True)
    context = {
        "form": form,
        "options": json.dumps(options, cls=DjangoJSONEncoder),
        "tab": "me-sign-in",
    }
    status = 422 if form.errors else 200
    return render(request, "console/settings/add_passkey.html", context, status=status)


def _after(request: HttpRequest, codes: list[str]) -> HttpResponse:
    """Recovery codes stand on the answer to their making and nowhere else."""
    if not codes:
        return HttpResponseRedirect(HERE)
    return render(request, "console/settings/codes.html", {"codes": codes, "tab": "me-sign-in"})


def remove(request: HttpRequest, factor_id: int) -> HttpResponse:
    """Remove one factor, after the present password."""
    agent = agent_of(request)
    items = door_queries.factors(agent, agent).items
    found = next((item for item in items if item.id == factor_id), None)
    if found is None:
        raise NotVisible("factor")
    form = Proof(request.POST or None)
    if request.method == "POST" and form.is_valid() and proves(request, form):
        with unit(agent, DOOR):
            actions.remove_factor(agent, agent, found.id)
        told(request, pgettext("toast", "Removed"))
        return HttpResponseRedirect(HERE)
    return _proof(request, form, {"factor": found, "is_last": len(items) == 1})


def new_codes(request: HttpRequest) -> HttpResponse:
    """Fresh recovery codes, after the present password; the old ones stop working."""
    agent = agent_of(request)
    form = Proof(request.POST or None)
    if request.method == "POST" and form.is_valid() and proves(request, form):
        try:
            with unit(agent, DOOR):
                codes = actions.new_codes(agent, agent)
        except ValueError as error:
            form.add_error(None, reason(error))
        else:
            return _after(request, codes)
    return _proof(request, form, {})


def _proof(request: HttpRequest, form: forms.Form, more: dict[str, Any]) -> HttpResponse:
    status = 422 if form.errors else 200
    context = {"form": form, "tab": "me-sign-in", **more}
    return render(request, "console/settings/proof.html", context, status=status)
