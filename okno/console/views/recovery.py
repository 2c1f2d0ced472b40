"""A forgotten password, and an invitation: links that set a password once."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils import translation
from django.utils.translation import pgettext

from okno.access import actions, door_queries, limits
from okno.access.models import PasswordLink
from okno.access.password_letters import ask_recovery
from okno.access.policy import NotVisible
from okno.access.system_mail import way_out
from okno.console.answers import DOOR, told
from okno.console.middleware import page, public
from okno.console.own_forms import NewPassword, RecoveryAsked
from okno.spine import unit

# Asking: (times, within seconds) for one address, and for one network.
ASKED = ((3, 900), (10, 86_400))
ASKED_NEAR = ((10, 900), (50, 86_400))
# Links tried by one network; they hold 192 bits, so this only keeps the log quiet.
TRIED = ((100, 900),)


@public
def ask(request: HttpRequest) -> HttpResponse:
    """Ask for a letter. What is answered does not depend on whether the address is known."""
    form = RecoveryAsked(request.POST or None)
    has_mail = way_out() is not None
    status = 422 if form.errors else 200
    is_asked = False
    if request.method == "POST" and has_mail and form.is_valid():
        email = form.cleaned_data["email"].strip().lower()
        network = limits.network_of(request)
        counted = {f"to:{email}": ASKED, f"from:{network}": ASKED_NEAR}
        if limits.guess("recovery", counted).wait:
            form.add_error(None, pgettext("recovery", "That was too often. Wait a quarter hour."))
            status = 429
        else:
            ask_recovery(email)
            is_asked = True
    context = {"form": form, "has_mail": has_mail, "is_asked": is_asked}
    return render(request, "console/recovery.html", context, status=status)


@public
def recover(request: HttpRequest, secret: str) -> HttpResponse:
    """Set a new password by the link of a letter."""
    return _by_link(request, secret, PasswordLink.Purpose.RECOVERY)


@public
def accept(request: HttpRequest, secret: str) -> HttpResponse:
    """Accept an invitation: choose a password."""
    return _by_link(request, secret, PasswordLink.Purpose.INVITATION)


def _by_link(request: HttpRequest, secret: str, purpose: str) -> HttpResponse:
    if not limits.allow("link", limits.network_of(request), TRIED):
        return page(request, 429)
    try:
        link, agent = door_queries.link(secret, purpose)
    except NotVisible:
        return render(request, "console/link_gone.html", {"purpose": purpose}, status=404)
    translation.activate(agent.language)
    form = NewPassword(request.POST or None, agent=agent)
    if request.method == "POST" and form.is_valid():
        try:
            with unit(agent, DOOR):
                given = form.cleaned_data
                keep = bool(given.get("keep_tokens"))
                actions.use_link(agent, link, given["password"], keep_tokens=keep)
        except LookupError:
            return render(request, "console/link_gone.html", {"purpose": purpose}, status=404)
        # No sign-in by the link alone: a second factor must be asked for too.
        told(request, pgettext("toast", "The password is set. Sign in with it."))
        return HttpResponseRedirect("/sign-in/")
    context = {"form": form, "who": agent, "purpose": purpose}
    status = 422 if form.errors else 200
    return render(request, "console/set_password.html", context, status=status)
