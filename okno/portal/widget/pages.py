"""The script itself, the chat's own page, and the shop of the demo."""

from pathlib import Path

from django.conf import settings
from django.contrib.staticfiles.finders import find
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe

from okno.access.policy import NotVisible
from okno.channels.widget.addresses import KIND
from okno.desk.models import Channel
from okno.desk.queries import public_channel, public_demo
from okno.portal.public import public

SCRIPT = "okno/widget.js"
MINUTES = 5


@public
@require_safe
def script(request: HttpRequest) -> HttpResponse:
    """The one script, for any site: it holds nothing of anyone."""
    path = find(SCRIPT)
    if not path:
        raise Http404("the front end is not built")
    response = HttpResponse(Path(str(path)).read_bytes(), content_type="text/javascript")
    response["Cache-Control"] = f"public, max-age={MINUTES * 60}"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Access-Control-Allow-Origin"] = "*"
    return response


@public
@require_safe
def own_page(request: HttpRequest, key: str) -> HttpResponse:
    """The chat alone, for links and for apps that show a page."""
    channel = public_channel(KIND, key)
    return _page(request, channel, "portal/widget/page.html")


@public
@require_safe
def shop(request: HttpRequest) -> HttpResponse:
    """A page of Velobaza, the invented shop of the demo, with its chat in the corner."""
    channel = public_demo(KIND)
    if channel is None:
        raise NotVisible("shop")
    return _page(request, channel, "portal/widget/shop.html")


def _page(request: HttpRequest, channel: Channel, template: str) -> HttpResponse:
    asked = request.GET.get("lang", "")
    language = asked if asked in dict(settings.LANGUAGES) else channel.language
    with translation.override(language):
        response = render(request, template, {"channel": channel, "language": language})
    response["Content-Security-Policy"] = (
        "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'"
    )
    return response
