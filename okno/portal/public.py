"""What every page for people outside passes."""

from collections.abc import Callable
from functools import wraps
from typing import Any

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import render

from okno.access.policy import NotVisible

View = Callable[..., HttpResponseBase]


def public(view: View) -> View:
    """Open a page to everyone; what is foreign and what is absent give the same bytes."""

    @wraps(view)
    def enter(request: HttpRequest, *args: Any, **more: Any) -> HttpResponseBase:
        try:
            return view(request, *args, **more)
        except NotVisible:
            return render(request, "portal/absent.html", status=404)

    enter.is_public = True  # type: ignore[attr-defined]
    return enter
