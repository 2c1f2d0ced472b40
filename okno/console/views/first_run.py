"""The first page of a new installation."""

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language, pgettext

from okno.access import limits
from okno.channels.setup import is_set_up_code, set_up
from okno.console.answers import told
from okno.console.forms import Welcome
from okno.console.phrases import reason

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"
# Wrong codes of one network: (times, within seconds).
CODES = ((10, 300), (50, 3600))


def welcome(request: HttpRequest) -> HttpResponse:
    """Ask for the first administrator and the address of support, then sign them in."""
    form = Welcome(request.POST or None, initial={"language": get_language()})
    if request.method == "POST" and form.is_valid() and _has_code(request, form):
        try:
            agent = set_up(**form.cleaned_data)
        except ValueError as error:
            form.add_error(None, reason(error))
        else:
            login(request, agent.user, backend=BACKEND)
            told(request, pgettext("set-up", "Okno is ready. Now connect your mail in Settings."))
            return HttpResponseRedirect("/settings/")
    status = 422 if form.errors else 200
    return render(request, "console/welcome.html", {"form": form}, status=status)


def _has_code(request: HttpRequest, form: Welcome) -> bool:
    """Whether the form brings the code; says in the form when it does not."""
    code = form.cleaned_data.pop("code")
    guess = limits.guess("set-up", {f"network:{limits.network_of(request)}": CODES})
    if guess.wait:
        form.add_error("code", pgettext("set-up", "Too many tries. Wait a few minutes."))
        return False
    if not is_set_up_code(code):
        form.add_error("code", pgettext("set-up", "This is not the code of this installation."))
        return False
    guess.was_right()
    return True
