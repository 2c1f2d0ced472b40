"""One conversation: the thread and its regions."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.views.decorators.http import require_safe

from okno.access.policy import NotVisible
from okno.console import composer, thread
from okno.console.answers import agent_of, panes
from okno.contacts.queries import family
from okno.desk import destinations, queries
from okno.kit.numbers import identifier

PARTS = {
    "messages": "console/_messages.html",
    "head": "console/_head.html",
    "card": "console/_card.html",
}


@require_safe
def show(request: HttpRequest, number: int) -> HttpResponse:
    """The thread, with the list it was opened from."""
    return panes(request, queries.conversation(agent_of(request), number))


@require_safe
def part(request: HttpRequest, number: int, name: str) -> HttpResponse:
    """One region of the thread, for its own refresh."""
    agent = agent_of(request)
    found = queries.conversation(agent, number)
    if name == "news":
        known = identifier(request.GET.get("seen")) or 0
        context = {"conversation": found, **composer.news(agent, found, known)}
        return render(request, "console/_news.html", context)
    if name not in PARTS:
        raise NotVisible("region")
    most = identifier(request.GET.get("events"))
    return render(request, PARTS[name], thread.opened(agent, found, most))


@require_safe
def merging(request: HttpRequest, number: int) -> HttpResponse:
    """Choose what to merge a conversation into."""
    agent = agent_of(request)
    found = queries.conversation(agent, number)
    others = queries.listing(agent, family(found.requester), limit=20)
    rows = [row for row in others.rows if row["number"] != found.pk and row["status"] != "closed"]
    here = queries.conversations(agent, [row["number"] for row in rows])
    unproved = [c.pk for c in (found, *here) if destinations.address_is_confirmed(c) is False]
    context = {"conversation": found, "rows": rows, "suggested": found.suggested_id}
    context["is_cut"] = bool(others.next)
    context["unproved"] = unproved
    return render(request, "console/merge.html", context)


@require_safe
def splitting(request: HttpRequest, number: int) -> HttpResponse:
    """Choose the messages that become a conversation of their own."""
    found = queries.conversation(agent_of(request), number)
    context = {"conversation": found, "messages_of": queries.messages(found)}
    return render(request, "console/split.html", context)
