"""The chat itself: what is written, read, typed and kept."""

from django.http import HttpRequest, HttpResponse, JsonResponse

from okno.access import system_mail
from okno.access.policy import NotVisible
from okno.desk import actions, correspondence
from okno.desk import typing as keys
from okno.desk.client_stage import client_stage
from okno.desk.contract import DeliveryState, Receipt
from okno.desk.models import Attachment, Channel
from okno.kit.blobs import opened
from okno.kit.downloads import to_save, to_show
from okno.kit.numbers import identifier
from okno.kit.previews import preview_of
from okno.kit.uploads import takes_files
from okno.portal.widget.door import Guest, Refusal, alone, door, guest_of, json_of, limit
from okno.portal.widget.shapes import about, entry, shown_name
from okno.portal.widget.writing import write
from okno.spine import SYSTEM, unit

# (times, within seconds): for one visitor, and for everyone behind one address.
READ = (((240, 60),), ((3000, 60),))
SEEN = (((60, 60),), ((1200, 60),))


@takes_files
@door("GET", "POST")
def messages(request: HttpRequest, channel: Channel) -> HttpResponse:
    """GET: this visitor's messages, `?after=` or `?before=` an id. POST: one more."""
    guest = guest_of(request, channel)
    return alone(write(request, guest)) if request.method == "POST" else _read(request, guest)


def _read(request: HttpRequest, guest: Guest) -> HttpResponse:
    limit(request, "chat-read", guest.visitor.address, *READ)
    after = identifier(request.GET.get("after")) or 0
    before = identifier(request.GET.get("before"))
    me, channel = guest.identity, guest.channel
    found = correspondence.page(me, after=after, before=before) if me else []
    current = correspondence.current(me) if me else None
    typing_now = keys.agents(keys.typists(current.pk)) if current else []
    return JsonResponse(
        {
            "messages": [entry(message, channel) for message in found],
            "stage": client_stage(current) if current else "",
            "typing": [shown_name(t.name, channel) for t in typing_now],
            "about": None if after or before else about(channel),
            "mails": None if after or before else mails(guest),
        }
    )


def mails(guest: Guest) -> str:
    """How the conversation may go out by mail: `known` to the address the site vouches for, `ask`
    for one to be confirmed, "" when no mail can leave."""
    if system_mail.way_out() is None:
        return ""
    return "known" if guest.visitor.until and guest.visitor.email else "ask"


@door("POST")
def seen(request: HttpRequest, channel: Channel) -> HttpResponse:
    """What has come to the visitor's browser, or was looked at, up to a message."""
    guest = guest_of(request, channel)
    limit(request, "chat-seen", guest.visitor.address, *SEEN)
    given = json_of(request)
    up_to = given.get("id")
    if not isinstance(up_to, int) or isinstance(up_to, bool) or not 0 < up_to < 2**62:
        raise Refusal(400, "id")
    state = DeliveryState.READ if given.get("is_read") is True else DeliveryState.DELIVERED
    me = guest.identity
    news = correspondence.unread(me, up_to) if me else []
    if news:
        with unit(SYSTEM, "channel:widget"):
            for message in news:
                actions.note_receipt(
                    Receipt(message.external_id, state, recipient=guest.visitor.address)
                )
    return JsonResponse({"id": up_to})


@door("GET")
def file(request: HttpRequest, channel: Channel, attachment_id: int) -> HttpResponse:
    """A file of a message this visitor can read."""
    found = _attachment(request, channel, attachment_id)
    return to_save(opened(found.storage), found.name)


@door("GET")
def preview(request: HttpRequest, channel: Channel, attachment_id: int) -> HttpResponse:
    """A picture of a message this visitor can read, drawn anew by us."""
    return to_show(request, preview_of(_attachment(request, channel, attachment_id)))


def _attachment(request: HttpRequest, channel: Channel, attachment_id: int) -> Attachment:
    guest = guest_of(request, channel)
    limit(request, "chat-read", guest.visitor.address, *READ)
    me = guest.identity
    if me is None:
        raise NotVisible("attachment")
    return correspondence.attachment(correspondence.of(me), attachment_id)
