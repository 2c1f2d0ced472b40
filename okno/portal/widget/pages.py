"""The script itself, the chat's own page, and the shop of the demo."""

from django.conf import settings
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_safe

from okno.access.policy import NotVisible
from okno.channels.widget import script as versions
from okno.channels.widget.addresses import KIND
from okno.desk.models import Channel
from okno.desk.queries import public_channel, public_demo
from okno.kit import csp
from okno.portal.public import public

MINUTES = 5
YEAR_SECONDS = 365 * 24 * 3600


@public
@require_safe
def script(request: HttpRequest) -> HttpResponse:
    """The one script, for any site: it holds nothing of anyone."""
    found = versions.current()
    if found is None:
        raise Http404("the front end is not built")
    return _script(found.data, f"public, max-age={MINUTES * 60}")


@public
@require_safe
def pinned_script(request: HttpRequest, version: str) -> HttpResponse:
    """The script as it was when a site took its line: the same bytes for ever."""
    data = versions.version(version)
    if data is None:
        raise NotVisible("script")
    return _script(data, f"public, max-age={YEAR_SECONDS}, immutable")


def _script(data: bytes, keep: str) -> HttpResponse:
    response = HttpResponse(data, content_type="text/javascript")
    response["Cache-Control"] = keep
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
    csp.override(response, img_src=[csp.CSP.SELF])
    return response
