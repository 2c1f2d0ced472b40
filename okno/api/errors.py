"""Every refusal as problem details (RFC 9457): one form for programs, never a page."""

import json
import logging
from collections.abc import Callable
from http import HTTPStatus
from typing import Any

from django.core.exceptions import BadRequest, RequestDataTooBig, SuspiciousOperation
from django.db import InterfaceError, OperationalError
from django.http import Http404, HttpRequest, HttpResponse, UnreadablePostError
from ninja import NinjaAPI
from ninja.errors import AuthenticationError, HttpError, ValidationError

from okno.access.policy import Forbidden, NotVisible
from okno.desk.actions import Stale
from okno.desk.actions.conversations import Outdated
from okno.desk.queries import BadKey
from okno.kit.blobs import TooLarge
from okno.kit.files import is_full
from okno.kit.registry import Unknown

log = logging.getLogger(__name__)
CONTENT_TYPE = "application/problem+json"
STALE = "urn:okno:problem:stale"
OUTDATED = "urn:okno:problem:outdated"
REUSED_KEY = "urn:okno:problem:idempotency-key-reused"
REFUSED = "urn:okno:problem:refused"
INVALID = "urn:okno:problem:invalid"
RETRY_SECONDS = 2


class Refused(Exception):
    """A verb said no to well-formed input; the text says why."""


class TooMany(Exception):
    """More requests than one token may make; `seconds` until the next is taken."""

    def __init__(self, seconds: int) -> None:
        super().__init__(f"too many requests: try again in {seconds} seconds")
        self.seconds = seconds


class KeyReused(Exception):
    """The Idempotency-Key came before with another request."""


def problem(status: int, detail: str, *, kind: str = "about:blank", **more: Any) -> HttpResponse:
    """An answer of the given status; `more` are extension members such as `errors` or `news`."""
    body = {
        "type": kind,
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        **more,
    }
    text = json.dumps(body, ensure_ascii=False)
    response = HttpResponse(text, status=status, content_type=CONTENT_TYPE)
    if status == HTTPStatus.UNAUTHORIZED:
        response["WWW-Authenticate"] = "Bearer"
    if status == HTTPStatus.SERVICE_UNAVAILABLE:
        response["Retry-After"] = str(RETRY_SECONDS)
    return response


def nothing_here() -> HttpResponse:
    """The same bytes for what is absent and for what is another team's."""
    return problem(404, "there is nothing here for you")


def _invalid(error: ValidationError) -> HttpResponse:
    errors = [{"location": _place(e["loc"]), "message": str(e["msg"])} for e in error.errors]
    return problem(422, "the request does not fit its description", kind=INVALID, errors=errors)


def _too_many(error: TooMany) -> HttpResponse:
    response = problem(429, str(error))
    response["Retry-After"] = str(error.seconds)
    return response


def _place(loc: tuple[Any, ...]) -> str:
    """`body.text` for ("body", "data", "text"): the name of our parameter tells nobody anything."""
    source, *rest = loc
    if source == "body":
        rest = rest[1:]
    return ".".join(str(part) for part in (source, *rest))


def _broken(error: Exception) -> HttpResponse:
    log.error("unexpected failure in the API", exc_info=error)
    return problem(500, "something went wrong here; it has been noted")


def _away(error: Exception) -> HttpResponse:
    log.warning("the database did not answer the API: %s", type(error).__name__)
    return problem(503, "the database is busy or away; try again")


def _unwritten(error: OSError) -> HttpResponse:
    if not is_full(error):
        return _broken(error)
    log.warning("the disk takes nothing more: a request of the API was not taken")
    return problem(503, "there is no room on the disk here: nothing was taken; try again later")


_ANSWERS: dict[type[Exception], Callable[[Any], HttpResponse]] = {
    Exception: _broken,
    OperationalError: _away,
    InterfaceError: _away,
    OSError: _unwritten,
    ValidationError: _invalid,
    AuthenticationError: lambda e: problem(401, "send a valid token: Authorization: Bearer okno_…"),
    HttpError: lambda e: problem(e.status_code, str(e)),
    Http404: lambda e: nothing_here(),
    NotVisible: lambda e: nothing_here(),
    Forbidden: lambda e: problem(403, e.reason),
    Stale: lambda e: problem(409, str(e), kind=STALE, news=e.news),
    Outdated: lambda e: problem(409, str(e), kind=OUTDATED),
    TooMany: _too_many,
    KeyReused: lambda e: problem(409, str(e), kind=REUSED_KEY),
    Refused: lambda e: problem(422, str(e), kind=REFUSED),
    Unknown: lambda e: problem(422, str(e), kind=REFUSED),
    TooLarge: lambda e: problem(413, str(e)),
    RequestDataTooBig: lambda e: problem(413, "the request is too large"),
    BadKey: lambda e: problem(400, str(e)),
    SuspiciousOperation: lambda e: problem(400, "this request cannot be read"),
    BadRequest: lambda e: problem(400, "this request cannot be read"),
    UnreadablePostError: lambda e: problem(400, "the request broke off"),
}


def answer_to(error: Exception) -> HttpResponse:
    """The answer to an exception: that of its nearest class."""
    nearest = next(cls for cls in type(error).__mro__ if cls in _ANSWERS)
    return _ANSWERS[nearest](error)


def install(api: NinjaAPI) -> None:
    """Let ninja answer the same way, also where it checks the token."""

    def handle(request: HttpRequest, error: Exception | type[Exception]) -> HttpResponse:
        return answer_to(error if isinstance(error, Exception) else error())

    for cls in _ANSWERS:
        api.add_exception_handler(cls, handle)
