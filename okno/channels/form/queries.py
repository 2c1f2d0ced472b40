"""Reads of requests from forms."""

from okno.access.policy import NotVisible
from okno.channels.form.ids import KIND
from okno.channels.models import Inbound
from okno.desk.models import Channel, Message


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
