"""Reads of requests from forms."""

from okno.access.policy import NotVisible
from okno.channels.form.ids import KIND, root_of
from okno.channels.models import Inbound
from okno.desk.models import Channel, Conversation, Direction, Message


def inbound_id(channel_id: int, external_id: str) -> int | None:
    """The accepted item of that id."""
    found = Inbound.objects.filter(channel_id=channel_id, external_id=external_id)
    return found.values_list("pk", flat=True).first()


def message_of(inbound_id: int) -> Message | None:
    """What an accepted item became, if it has been read already."""
    return Message.objects.filter(inbound_id=inbound_id).order_by("pk").first()


def channel_of(message: Message) -> Channel:
    """The form that a message was written on, wherever it is by now; raises NotVisible."""
    rows = Inbound.objects.select_related("channel")
    found = rows.filter(pk=message.inbound_id or 0).first()
    if found is None or found.channel.kind != KIND:
        raise NotVisible("request")
    return found.channel


def requests_in(conversation: Conversation) -> list[tuple[Message, Channel]]:
    """First messages of the requests of which something of this client stands in a conversation,
    each with its form; those of others who were merged in are not among them."""
    mine = Message.objects.filter(direction=Direction.IN, identity=conversation.identity_id)
    here = mine.filter(conversation=conversation, external_id__startswith=f"{KIND}:")
    roots = {root_of(name) for name in here.values_list("external_id", flat=True)}
    firsts = mine.select_related("conversation").filter(external_id__in=roots).order_by("pk")
    found = {first.inbound_id or 0: first for first in firsts}
    # A letter may call itself what it likes: only what came in by a form is a request.
    made = Inbound.objects.select_related("channel").filter(pk__in=found, channel__kind=KIND)
    return [(found[row.pk], row.channel) for row in made.order_by("pk")]
