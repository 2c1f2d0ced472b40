"""Earlier conversations of a client, as many as are asked for."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from okno.access.policy import NotVisible
from okno.console.answers import agent_of
from okno.desk import queries
from okno.desk.sorting import BadKey


@require_safe
def earlier(request: HttpRequest, number: int) -> HttpResponse:
    """The next ones the agent may see, newest first, as items of the list that asks."""
    agent = agent_of(request)
    found = queries.conversation(agent, number)
    try:
        page = queries.earlier(agent, found, after=request.GET.get("after", ""))
    except BadKey as error:
        raise NotVisible("page") from error
    context = {"conversation": found, "earlier": page.rows, "earlier_next": page.next}
    return render(request, "console/_earlier.html", context)
