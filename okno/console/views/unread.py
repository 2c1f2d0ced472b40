"""What an agent has read, told by the page itself: looking at an address changes nothing."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from okno.console.answers import DOOR, agent_of, is_partial, kept, refused, told
from okno.desk import actions, queries
from okno.kit.numbers import identifier
from okno.spine import unit


@require_POST
def seen(request: HttpRequest, number: int) -> HttpResponse:
    """The page has shown the client's words up to a message; nothing more is said."""
    agent = agent_of(request)
    found = queries.conversation(agent, number)
    with unit(agent, DOOR):
        actions.mark_seen(agent, found, identifier(request.POST.get("message")) or 0)
    return HttpResponse(status=204)


@require_POST
def unread(request: HttpRequest, number: int) -> HttpResponse:
    """Mark it as unread and go back to the list."""
    agent = agent_of(request)
    found = queries.conversation(agent, number)
    try:
        with unit(agent, DOOR):
            actions.mark_unread(agent, found)
    except ValueError as error:
        refused(request, error)
    else:
        told(request, pgettext("toast", "Marked as unread"))
    back = f"/{kept(request)}"
    if is_partial(request):
        return HttpResponse(headers={"HX-Redirect": back})
    return HttpResponseRedirect(back)
