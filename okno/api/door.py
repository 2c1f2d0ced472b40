"""What every request passes before and after its route: size, form, and no page on refusal."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase, HttpResponseNotAllowed
from django.views.decorators.csrf import csrf_exempt

from okno.api.errors import answer_to, nothing_here, problem
from okno.kit.numbers import identifier

View = Callable[..., HttpResponseBase]


def door(view: View) -> View:
    """Wrap a view of the API."""

    @csrf_exempt
    @wraps(view)
    def enter(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        try:
            response = _refusal(request) or view(request, *args, **kwargs)
        except Exception as error:
            response = answer_to(error)
        if isinstance(response, HttpResponseNotAllowed):
            allowed = response["Allow"]
            response = problem(405, f"use {allowed}")
            response["Allow"] = allowed
        response["Cache-Control"] = "no-store"
        response["X-Content-Type-Options"] = "nosniff"
        return response

    return enter


def _refusal(request: HttpRequest) -> HttpResponseBase | None:
    size = identifier(request.META.get("CONTENT_LENGTH") or "0")
    if size is None:
        return problem(400, "Content-Length is not a number")
    if size > (settings.DATA_UPLOAD_MAX_MEMORY_SIZE or 0):
        return problem(413, "the request is too large")
    if size and request.content_type != "application/json":
        return problem(415, "send JSON: Content-Type: application/json")
    return None


@door
def unknown_address(request: HttpRequest) -> HttpResponseBase:
    """An address under /api/ that is no route."""
    return nothing_here()
