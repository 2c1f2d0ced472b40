"""What every question of the chat's script passes: channel, site, size, and whose token it is."""

from collections.abc import Callable, Generator
from dataclasses import dataclass
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.csrf import csrf_exempt

from okno.access.limits import allow, network_of
from okno.access.policy import NotVisible
from okno.channels.intake import Arrival, accept_new
from okno.channels.origins import allowed
from okno.channels.widget.addresses import KIND
from okno.contacts.models import Identity
from okno.desk import correspondence
from okno.desk.models import Channel
from okno.desk.queries import public_channel
from okno.kit.text import plain
from okno.kit.unicode import read_json
from okno.portal.widget.visitors import Visitor, visitor_of

LARGEST_JSON = 64 * 1024
VIA = f"channel:{KIND}"
View = Callable[..., HttpResponse]
# An answer on its way: it may hand over one item, goes on once that is committed and it is known
# whether its id was new, and ends with a response. So items of several requests share a commit.
Steps = Generator[Arrival, bool, HttpResponse]
Limits = tuple[tuple[int, int], ...]


class Refusal(Exception):
    """The answer is no: a status and one word for the script."""

    def __init__(self, status: int, error: str) -> None:
        super().__init__(error)
        self.status = status
        self.error = error


@dataclass(frozen=True)
class Guest:
    """A request whose token was checked: the channel it came to and the visitor it is of."""

    channel: Channel
    visitor: Visitor

    @property
    def identity(self) -> Identity | None:
        """The visitor's row, None until their first message was read."""
        return correspondence.identity(KIND, self.visitor.address)


def cross_origin(channel: Channel, origin: str, host: str) -> dict[str, str] | None:
    """Headers that let a site read the answer (Fetch standard, CORS); None for a site not listed.

    A request without an origin comes from no foreign page: ours, or no browser at all.
    """
    if not origin:
        return {}
    own = {settings.PUBLIC_URL, f"http://{host}", f"https://{host}"}
    if origin not in own and origin not in allowed(channel.settings):
        return None
    return {
        "Access-Control-Allow-Origin": origin,
        "Access-Control-Allow-Methods": "GET, POST",
        "Access-Control-Allow-Headers": "Authorization, Content-Type, Last-Event-ID",
        "Access-Control-Max-Age": "600",
    }


def door(*methods: str) -> Callable[[View], View]:
    """Wrap a view `(request, channel, ...)` that answers the script on allowed sites."""

    def wrap(view: View) -> View:
        @csrf_exempt
        @wraps(view)
        def enter(request: HttpRequest, key: str, **more: Any) -> HttpResponse:
            def act(channel: Channel) -> Steps:
                yield from ()
                return view(request, channel, **more)

            return alone(entered(request, key, methods, act))

        enter.is_public = True  # type: ignore[attr-defined]
        return enter

    return wrap


def entered(
    request: HttpRequest, key: str, methods: tuple[str, ...], act: Callable[[Channel], Steps]
) -> Steps:
    """What stands before and after each answer, as steps: see `Steps`."""
    headers: dict[str, str] = {}
    try:
        channel = public_channel(KIND, key)
        found = cross_origin(channel, origin_of(request), request.get_host())
        if found is None:
            raise Refusal(403, "site")
        headers = found
        if request.method == "OPTIONS":
            response = HttpResponse(status=204)
        elif request.method not in methods:
            raise Refusal(405, "method")
        else:
            response = yield from act(channel)
    except NotVisible:
        response = JsonResponse({"error": "absent"}, status=404)
    except Refusal as no:
        response = JsonResponse({"error": no.error}, status=no.status)
    return dressed(response, headers)


def alone(steps: Steps) -> HttpResponse:
    """Go through the steps of one request; what it brings is committed on the way."""
    try:
        arrival = next(steps)
        steps.send(accept_new([arrival], via=VIA)[0])
    except StopIteration as end:
        answer: HttpResponse = end.value
        return answer
    raise RuntimeError("an answer brings one item at most")


def dressed(response: HttpResponse, headers: dict[str, str]) -> HttpResponse:
    """What every answer to the script carries."""
    for name, value in headers.items():
        response[name] = value
    response["Vary"] = "Origin"
    response["X-Content-Type-Options"] = "nosniff"
    response["Cache-Control"] = "no-store"
    response["Cross-Origin-Resource-Policy"] = "cross-origin"
    response["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response


def origin_of(request: HttpRequest) -> str:
    """The site that asks, as its browser says."""
    return request.headers.get("Origin", "")


def bearer(request: HttpRequest) -> str:
    """The token of the request (RFC 6750), in the header only."""
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if kind.lower() == "bearer" else ""


def guest_of(request: HttpRequest, channel: Channel) -> Guest:
    """The visitor who asks; raises Refusal."""
    visitor = visitor_of(bearer(request), channel.pk)
    if visitor is None:
        raise Refusal(401, "token")
    if channel.settings.get("verified_only") and not visitor.until:
        raise Refusal(403, "verified_only")
    return Guest(channel, visitor)


def limit(request: HttpRequest, what: str, who: str, person: Limits, network: Limits) -> None:
    """Count one more for the person and for the network; raises Refusal."""
    held = allow(what, who, person) if who else True
    if not (allow(what, network_of(request), network) and held):
        raise Refusal(429, "often")


def json_of(request: HttpRequest) -> dict[str, Any]:
    """The object in the body; raises Refusal."""
    if len(request.body) > LARGEST_JSON:
        raise Refusal(413, "large")
    try:
        value = read_json(request.body or b"{}")
    except ValueError:
        raise Refusal(400, "json") from None
    if not isinstance(value, dict):
        raise Refusal(400, "json")
    return value


def text_in(values: dict[str, Any], name: str, most: int) -> str:
    """A text of the body without control characters, cut at `most`; "" when it is none."""
    value = values.get(name, "")
    if not isinstance(value, str):
        return ""
    return plain(value)[:most]
