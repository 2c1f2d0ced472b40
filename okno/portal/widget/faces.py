"""Pictures of our people for the visitors they wrote to."""

from django.http import HttpRequest, HttpResponse

from okno.access.policy import NotVisible
from okno.desk import correspondence
from okno.desk.models import Channel
from okno.kit import photos
from okno.portal.widget.door import door, guest_of, limit
from okno.portal.widget.shapes import shown_picture
from okno.portal.widget.talk import READ


@door("GET")
def face(request: HttpRequest, channel: Channel, picture: str) -> HttpResponse:
    """The picture of someone whose message this visitor can read: nothing else of them."""
    guest = guest_of(request, channel)
    limit(request, "chat-read", guest.visitor.address, *READ)
    me = guest.identity
    writer = correspondence.pictured(me, picture) if me else None
    if writer is None or not shown_picture(writer, channel):
        raise NotVisible("picture")
    kind, data = photos.read(writer.picture)
    response = HttpResponse(data, content_type=kind)
    response["Content-Disposition"] = "attachment"
    return response
