"""What a kind says to somebody whose message has come: a letter, when there is a way for one."""

from collections.abc import Callable
from dataclasses import dataclass

from django.utils import translation

from okno.channels.contract import couriers
from okno.channels.intake import account_of
from okno.desk import actions
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


def mail_channel(near: Channel) -> Channel | None:
    """The channel by which a letter can leave, best one of the same team."""
    rows = Channel.objects.filter(kind__in=couriers.names(), is_active=True).exclude(address="")
    found = sorted(rows.order_by("pk"), key=lambda row: row.team_id != near.team_id)
    return next((row for row in found if can_send(row)), None)


def can_send(channel: Channel) -> bool:
    """Whether a letter can leave by it, as far as its settings say."""
    return channel.abilities.can_start and couriers.get(channel.kind).can_send(account_of(channel))


def acknowledge(channel: Channel, message: Message, language: str) -> None:
    """Queue the letter in the open unit, so that it leaves once, exactly when the message is in."""
    if channel.kind not in acknowledgers:
        return
    with translation.override(language or channel.language):
        letter = acknowledgers.get(channel.kind)(channel, message)
    way = mail_channel(channel) if letter is not None else None
    if letter is not None and way is not None:
        actions.acknowledge(SYSTEM, message, way, letter.subject, letter.text)
