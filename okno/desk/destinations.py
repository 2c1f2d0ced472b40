"""Where an answer to the client goes: by which channels, and onto the page of which request."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from okno.desk.contract import Medium
from okno.desk.models import Channel, Conversation, Message, Move
from okno.desk.requests import is_proved
from okno.kit.registry import Registry
from okno.spine import rows


@dataclass(frozen=True)
class Destination:
    """One delivery to be: `request` is the message that a request began with, for its page."""

    channel: Channel
    request: int | None = None

    @property
    def medium(self) -> Medium:
        return self.channel.abilities.medium


@dataclass(frozen=True)
class Pages:
    """What a kind whose answers are read on pages says of a conversation: where else an answer
    goes, and which requests (their first messages) of its client stand in it."""

    destinations: Callable[[Conversation], Sequence[Destination]]
    requests: Callable[[Conversation], Sequence[Message]]


pages: Registry[Pages] = Registry("kind with pages")


def of(conversation: Conversation) -> list[Destination]:
    """Where an answer goes, in this order; none at all when there is no way left."""
    channel = conversation.channel
    own = [] if channel.kind in pages else [Destination(channel)]
    if own and not rows.flat(Move, ("id",), target_id=conversation.pk, undone_at=None):
        return own
    return own + [place for kind in pages for place in kind.destinations(conversation)]


def address_is_confirmed(conversation: Conversation) -> bool | None:
    """Whether the client proved the address of each request here; None for no request."""
    if conversation.channel.kind not in pages:
        return None
    found = pages.get(conversation.channel.kind).requests(conversation)
    return all(is_proved(first) for first in found)
