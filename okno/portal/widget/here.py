"""What the visitor does right now, told to agents and never stored: typing, and the page."""

from django.http import HttpRequest, HttpResponse

from okno.desk import correspondence, visiting
from okno.desk import typing as keys
from okno.desk.models import Channel, Conversation
from okno.portal.widget.door import Guest, door, guest_of, json_of, limit, text_in
from okno.portal.widget.places import LONGEST_TITLE, page_of, path_of

# (times, within seconds): for one visitor, and for everyone behind one address.
TYPE = (((120, 60),), ((2400, 60),))
VISIT = (((60, 60),), ((1200, 60),))


def _current(guest: Guest) -> Conversation | None:
    me = guest.identity
    return correspondence.current(me) if me else None


@door("POST")
def typing(request: HttpRequest, channel: Channel) -> HttpResponse:
    """The visitor types; their words are shown only where the site's chat says so."""
    guest = guest_of(request, channel)
    limit(request, "chat-type", guest.visitor.address, *TYPE)
    given, current = json_of(request), _current(guest)
    if current is not None:
        shows = channel.settings.get("typing_preview")
        text = text_in(given, "text", keys.LONGEST) if shows else ""
        stops = given.get("stops") is True
        keys.types(current.pk, keys.CLIENT, guest.visitor.name, text, stops=stops)
    return HttpResponse(status=204)


@door("POST")
def visit(request: HttpRequest, channel: Channel) -> HttpResponse:
    """The page the visitor is on, while a conversation of theirs is open."""
    guest = guest_of(request, channel)
    limit(request, "chat-visit", guest.visitor.address, *VISIT)
    given, current = json_of(request), _current(guest)
    if current is not None and given.get("leaves") is True:
        visiting.leaves(current.pk)
    elif current is not None:
        place = {
            "page": page_of(given.get("page")),
            "title": text_in(given, "title", LONGEST_TITLE),
            "path": path_of(given.get("path")),
        }
        visiting.visits(current.pk, place)
    return HttpResponse(status=204)
