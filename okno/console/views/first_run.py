"""The first page of a new installation."""

from django.contrib.auth import login
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import get_language, pgettext

from okno.channels.setup import set_up
from okno.console.answers import told
from okno.console.forms import Welcome
from okno.console.phrases import reason

BACKEND = "allauth.account.auth_backends.AuthenticationBackend"


def welcome(request: HttpRequest) -> HttpResponse:
    """Ask for the first administrator and the address of support, then sign them in."""
    form = Welcome(request.POST or None, initial={"language": get_language()})
    if request.method == "POST" and form.is_valid():
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
