"""Answers while somebody types into the search box."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from okno.console import searching
from okno.console.answers import agent_of, listed


@require_safe
def typed(request: HttpRequest) -> HttpResponse:
    """The list for what the box holds by now, with completions; for an empty box the filter's."""
    context = listed(request) | searching.hints(agent_of(request), request.GET.get("q", ""))
    return render(request, "console/_typed.html", context)
