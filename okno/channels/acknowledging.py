"""What a kind says to somebody whose message has come: a letter, when there is a way for one."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils import translation

from okno.desk import actions, sending_channel
from okno.desk.models import Channel, Message
from okno.kit.registry import Registry
from okno.spine import SYSTEM


@dataclass(frozen=True)
class Acknowledgement:
    """Words of ours: nothing of what came may stand in them."""

    subject: str
    text: str


# By kind: makes the letter for a message that began a conversation on a channel, None for none.
acknowledgers: Registry[Callable[[Channel, Message], Acknowledgement | None]] = Registry(
    "acknowledger"
)


def acknowledge(channel: Channel, message: Message, language: str) -> None:
    """Queue the letter in the open unit, so that it leaves once, exactly when the message is in."""
    if channel.kind not in acknowledgers:
        return
    with translation.override(language or channel.language):
        letter = acknowledgers.get(channel.kind)(channel, message)
    way = sending_channel.nearest(channel) if letter is not None else None
    if letter is not None and way is not None:
        actions.acknowledge(SYSTEM, message, way, letter.subject, letter.text)
