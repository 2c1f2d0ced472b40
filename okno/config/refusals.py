"""Answers to requests that never reach a page, such as one for a host that is not ours."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.template.loader import render_to_string

from okno.api.errors import problem


def bad_request(request: HttpRequest, exception: Any = None) -> HttpResponseBase:
    """400 as problem details under /api/, as a page elsewhere; it asks the request for nothing."""
    if request.path.startswith("/api/"):
        return problem(400, "this request cannot be read: look at its host name, address and type")
    return HttpResponse(render_to_string("400.html"), status=400)
