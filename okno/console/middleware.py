"""Who may come in, in whose language, and what every answer carries."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.conf import settings
from django.contrib.auth.views import redirect_to_login
from django.db import InterfaceError, OperationalError
from django.http import HttpRequest, HttpResponse
from django.template.loader import render_to_string
from django.utils import timezone, translation
from django.utils.translation import pgettext

from okno.access import actions, queries
from okno.access.models import Agent
from okno.access.policy import Forbidden, NotVisible
from okno.console.accounts import describe
from okno.console.own_forms import BROWSER_TIMEZONES
from okno.kit import clock, files
from okno.spine import unit

HEADERS = {
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
# These doors ask for keys of their own.
OPEN = ("/api/", "/health/")
AWAY = (OperationalError, InterfaceError)
RETRY_SECONDS = 5
# "Last seen" is not noted more often than this: a page must not cost a write.
SEEN_EVERY = timedelta(minutes=5)
View = Callable[..., HttpResponse]


def public(view: View) -> View:
    """Mark a view that strangers may open; all others ask for a signed-in agent."""
    view.is_public = True  # type: ignore[attr-defined]
    return view


class Guard:
    """Sets `request.agent`, turns strangers away and errors of the policy into pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.agent = None  # type: ignore[attr-defined]
        try:
            response = self.get_response(request)
        finally:
            timezone.deactivate()
        for name, value in HEADERS.items():
            response.setdefault(name, value)
        return response

    def process_view(
        self, request: HttpRequest, view: View, args: Any, kwargs: Any
    ) -> HttpResponse | None:
        """Know the agent, speak their language; no agent, no page."""
        if request.path.startswith(OPEN):
            return None
        try:
            agent = queries.agent_of(request.user) if request.user.is_authenticated else None
        except AWAY:
            return away()
        request.agent = agent  # type: ignore[attr-defined]
        if agent is not None:
            take_zone(request, agent)
            settle(request, agent)
            notice(request)
        return None if getattr(view, "is_public", False) else stop(request)

    def process_exception(self, request: HttpRequest, error: Exception) -> HttpResponse | None:
        """Refused, foreign and unreachable each have their page."""
        if request.path.startswith(OPEN):
            return None
        if isinstance(error, Forbidden):
            return page(request, 403, error.reason)
        if isinstance(error, NotVisible):
            return page(request, 404)
        if files.is_full(error):
            return away(is_full=True)
        return away() if isinstance(error, AWAY) else None


def take_zone(request: HttpRequest, agent: Agent) -> None:
    """The browser's time zone, for an agent who has none yet: our script says it in a cookie."""
    zone = request.COOKIES.get(settings.ZONE_COOKIE_NAME, "")
    if agent.timezone or zone not in BROWSER_TIMEZONES:
        return
    try:
        with unit(agent, "console"):
            agent.timezone = actions.change_own(agent, agent, timezone=zone).timezone
    except AWAY:
        # The next page asks again.
        agent.timezone = zone


def settle(request: HttpRequest, agent: Agent) -> None:
    """The agent's language and time zone, for the rest of the request."""
    translation.activate(agent.language)
    request.LANGUAGE_CODE = agent.language
    try:
        timezone.activate(ZoneInfo(agent.timezone or "UTC"))
    except (ZoneInfoNotFoundError, ValueError):
        timezone.deactivate()


def notice(request: HttpRequest) -> None:
    """Keep the session's row of use: its owner reads it in the list of devices."""
    session = request.session
    if "since" not in session:
        describe(request)
        return
    seen = getattr(session, "seen_at", None)
    if session.session_key and seen is not None and clock.now() - seen > SEEN_EVERY:
        actions.note_seen(session.session_key)


def stop(request: HttpRequest) -> HttpResponse | None:
    """What someone without an agent gets instead of a page; None lets an agent pass."""
    if request.agent is not None:  # type: ignore[attr-defined]
        return None
    if request.user.is_authenticated:
        return page(request, 403, pgettext("reason", "You are signed in, but not as an agent."))
    if is_script(request):
        # A redirect would put the sign-in page into a pane; the script says what happened.
        return HttpResponse(status=401)
    return redirect_to_login(request.get_full_path(), settings.LOGIN_URL)


def is_script(request: HttpRequest) -> bool:
    """Whether our script asks, not the browser itself."""
    return request.headers.get("HX-Request") == "true"


def page(request: HttpRequest, status: int, reason: str = "") -> HttpResponse:
    """An error as a page; a foreign object and an absent one give the same bytes."""
    text = render_to_string(f"{status}.html", {"reason": reason}, request)
    return HttpResponse(text, status=status)


def away(*, is_full: bool = False) -> HttpResponse:
    """The database is busy or gone, or the disk full; rendered without asking for anything."""
    text = render_to_string("503.html", {"is_full": is_full})
    return HttpResponse(text, status=503, headers={"Retry-After": str(RETRY_SECONDS)})
