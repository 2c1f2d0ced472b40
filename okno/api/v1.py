"""Version 1 of the API: its routers and its description."""

import json
from collections.abc import Callable, Iterator
from typing import Any

from django.http import HttpRequest
from ninja import NinjaAPI
from ninja.openapi.schema import OpenAPISchema
from ninja.parser import Parser

from okno.api import errors
from okno.api.auth import Bearer, known
from okno.api.openapi import describe_problems
from okno.api.routes import (
    attachments,
    contacts,
    conversations,
    deliveries,
    directory,
    events,
    forwards,
    many,
    messages,
    moves,
    saved_views,
    search,
)


class Json(Parser):
    """JSON without the words that RFC 8259 does not know (NaN, Infinity)."""

    def parse_body(self, request: HttpRequest) -> Any:
        return json.loads(request.body, parse_constant=_refuse)


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is not JSON")


class Api(NinjaAPI):
    """Ninja, whose description also tells how it refuses."""

    def get_openapi_schema(self, **options: Any) -> OpenAPISchema:
        return describe_problems(super().get_openapi_schema(**options))

    def get_openapi_operation_id(self, operation: Any) -> str:
        return str(operation.view_func.__name__)


api = Api(
    title="Okno",
    version="1",
    urls_namespace="api-1",
    docs_url=None,
    docs_decorator=known,
    auth=Bearer(),
    parser=Json(),
    description=(
        "Every list answers `{items, next}`: give `next` as `after` to get the following page; it "
        "is empty at the end. Every refusal is `application/problem+json` (RFC 9457). POST takes "
        "`Idempotency-Key`: the same key with the same request gets the same answer for 24 hours. "
        "Who asks too often gets 429 with `Retry-After` in seconds. "
        "`html` and files are what people sent: treat them as hostile."
    ),
)
errors.install(api)
_ROUTERS = tuple(
    routes.router
    for routes in (
        conversations,
        many,
        messages,
        forwards,
        moves,
        contacts,
        directory,
        saved_views,
        attachments,
        search,
        deliveries,
        events,
    )
)
for _router in _ROUTERS:
    api.add_router("", _router)


def views() -> Iterator[Callable[..., Any]]:
    """The functions behind all operations."""
    for router in _ROUTERS:
        for path in router.path_operations.values():
            yield from (operation.view_func for operation in path.operations)
