"""Answers to requests: on the page of each, and as a letter when one can leave."""

from collections.abc import Sequence

from okno.channels.form import ids, queries
from okno.desk import requests, sending_channel
from okno.desk.actions.recipients import is_own
from okno.desk.destinations import Destination, Pages
from okno.desk.models import Channel, Conversation, Message


def _destinations(conversation: Conversation) -> Sequence[Destination]:
    """The pages that are still open to answers, and, for a conversation of forms, a letter."""
    found = [
        Destination(channel, first.pk)
        for first, channel in queries.requests_in(conversation)
        if requests.is_open(first, conversation)
    ]
    way = _letters(conversation) if conversation.channel.kind == ids.KIND else None
    return [*found, Destination(way)] if way is not None else found


def _letters(conversation: Conversation) -> Channel | None:
    """The channel that sent the confirmation, else the nearest that can send; None for nobody."""
    identity = conversation.identity
    if identity is None or is_own(identity.address):
        return None
    confirmed = Message.every.filter(
        conversation=conversation, is_automatic=True, aside__identity=identity
    )
    for message in confirmed.select_related("aside__channel").order_by("-pk")[:1]:
        assert message.aside is not None
        if message.aside.channel.is_active and sending_channel.can_send(message.aside.channel):
            return message.aside.channel
    return sending_channel.nearest(conversation.channel)


def _firsts(conversation: Conversation) -> Sequence[Message]:
    return [first for first, _ in queries.requests_in(conversation)]


PAGES = Pages(_destinations, _firsts)
