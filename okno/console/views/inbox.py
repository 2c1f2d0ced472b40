"""The list of conversations and what else stands in the first pane."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from okno.access.queries import is_installed
from okno.console.answers import agent_of, listed, panes
from okno.console.filters import chosen
from okno.console.middleware import public, stop
from okno.console.views.first_run import welcome
from okno.kit.numbers import identifier


@public
def root(request: HttpRequest) -> HttpResponse:
    """The inbox; before there is an administrator, the page that makes one."""
    if request.agent is None and not is_installed():  # type: ignore[attr-defined]
        return welcome(request)
    return stop(request) or inbox(request)


@require_safe
def inbox(request: HttpRequest) -> HttpResponse:
    """Filters, conversations, and nothing opened yet."""
    return panes(request, None)


@require_safe
def rows(request: HttpRequest) -> HttpResponse:
    """The list alone, for its own refresh."""
    number = identifier(request.GET.get("open"))
    return render(request, "console/_list.html", listed(request, number))


@require_safe
def counters(request: HttpRequest) -> HttpResponse:
    """The filters alone, for their own refresh."""
    found = chosen(agent_of(request), request.GET.get("view", ""))
    return render(request, "console/_filters.html", {"filter": found})
