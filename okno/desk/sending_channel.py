"""By which channel a letter of ours leaves when the conversation's own sends none."""

from collections.abc import Callable

from okno.desk.models import Channel
from okno.kit.registry import Registry

# By kind: whether the settings of a channel suffice to send a letter.
kinds: Registry[Callable[[Channel], bool]] = Registry("kind that sends letters")


def can_send(channel: Channel) -> bool:
    """Whether a letter can leave by it, as far as its settings say."""
    if channel.kind not in kinds:
        return False
    return channel.abilities.can_start and kinds.get(channel.kind)(channel)


def nearest(near: Channel) -> Channel | None:
    """The channel by which a letter can leave, best one of the same team; None for none."""
    rows = Channel.objects.filter(kind__in=kinds.names(), is_active=True).exclude(address="")
    found = sorted(rows.order_by("pk"), key=lambda row: row.team_id != near.team_id)
    return next((row for row in found if can_send(row)), None)
