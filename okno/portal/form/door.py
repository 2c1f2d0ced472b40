"""What each page of a form and of a request passes: whose it is, its language, who frames it."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.utils import translation
from django.views.decorators.csrf import csrf_exempt

from okno.access.policy import NotVisible
from okno.channels.form import ids, queries
from okno.channels.origins import allowed
from okno.desk import correspondence
from okno.desk.models import Channel, Message
from okno.desk.queries import public_channel
from okno.kit import csp
from okno.portal.public import public

View = Callable[..., HttpResponse]
Page = Callable[..., HttpResponseBase]


@dataclass(frozen=True)
class Asked:
    """A request behind a good link: its first message, the form it was made with, its address
    and number there, and whether the link stood in our letter."""

    first: Message
    channel: Channel
    url: str
    number: int
    is_by_letter: bool


def of_channel(view: View) -> Page:
    """A page under a form's key: `view(request, channel, ...)`, in the channel's language."""

    @wraps(view)
    def enter(request: HttpRequest, key: str, **more: Any) -> HttpResponse:
        channel = public_channel(ids.KIND, key)
        with translation.override(_language(request, channel)):
            return _framed(view(request, channel, **more), channel)

    # No session stands behind these pages, so there is nothing for a foreign site to borrow.
    return csrf_exempt(public(enter))


def of_request(view: View) -> Page:
    """A page under a request's own address: `view(request, asked, ...)`."""

    @wraps(view)
    def enter(request: HttpRequest, number: int, token: str, **more: Any) -> HttpResponse:
        message_id = ids.first_message(number, token)
        if message_id is None:
            raise NotVisible("request")
        first = correspondence.first_message(message_id)
        # Not the channel of its conversation: a merge may have moved it to another.
        channel = queries.channel_of(first)
        with translation.override(_language(request, channel)):
            url = f"/request/{number}/{token}/"
            asked = Asked(first, channel, url, number, ids.is_of_letter(number, token))
            return _framed(view(request, asked, **more), channel)

    return csrf_exempt(public(enter))


def _language(request: HttpRequest, channel: Channel) -> str:
    asked = request.GET.get("lang", "")
    return asked if asked in dict(settings.LANGUAGES) else channel.language


def _framed(response: HttpResponse, channel: Channel) -> HttpResponse:
    csp.override(response, frame_ancestors=[csp.CSP.SELF, *allowed(channel.settings)])
    response["Referrer-Policy"] = "no-referrer"
    return response


def go_on(request: HttpRequest, url: str) -> HttpResponse:
    """To another page after a form was taken (RFC 9110 section 15.4.4), in the same language."""
    language = request.GET.get("lang", "")
    ending = f"?lang={language}" if language in dict(settings.LANGUAGES) else ""
    response = HttpResponseRedirect(url + ending)
    response.status_code = 303
    return response
