"""Connected accounts."""

import json
from typing import Any

from okno.access.models import Team
from okno.access.policy import authorize
from okno.desk.contract import abilities
from okno.desk.events import ChannelChanged, ChannelCreated, ChannelRecovered, ChannelTroubled
from okno.desk.models import Channel
from okno.kit import clock, crypto
from okno.spine import Actor, record, verb

_EDITABLE = ("name", "address", "settings", "team", "language", "signature", "is_active")


@verb
def create_channel(
    actor: Actor,
    kind: str,
    name: str,
    *,
    address: str = "",
    settings: dict[str, Any] | None = None,
    secrets: dict[str, str] | None = None,
    team: Team | None = None,
    language: str = "en",
    signature: str = "",
) -> Channel:
    """Connect an account; raises ValueError for an address another channel of the kind has."""
    authorize(actor, "channel.manage")
    abilities.get(kind)
    _refuse_taken(kind, address)
    channel = Channel.objects.create(
        kind=kind,
        name=name.strip() or address or kind,
        address=address,
        settings=settings or {},
        secrets=_sealed(secrets or {}),
        team=team,
        language=language,
        signature=signature,
        public_key=crypto.new_token(),
    )
    record(ChannelCreated(channel.pk, kind))
    return channel


@verb
def change_channel(
    actor: Actor, /, channel: Channel, *, secrets: dict[str, str] | None = None, **values: Any
) -> Channel:
    """Change a channel; secrets given are replaced one by one, an empty one is left as it is.

    Raises ValueError for a field that cannot be changed or an address already in use.
    """
    authorize(actor, "channel.manage", channel)
    unknown = set(values) - set(_EDITABLE)
    if unknown:
        raise ValueError(f"cannot change {', '.join(sorted(unknown))}")
    if values.get("address", channel.address) != channel.address:
        _refuse_taken(channel.kind, values["address"])
    for field, value in values.items():
        setattr(channel, field, value)
    if given := {name: text for name, text in (secrets or {}).items() if text}:
        channel.secrets = _sealed({**read_secrets(channel), **given})
        values["secrets"] = True
    channel.save()
    record(ChannelChanged(channel.pk, sorted(values)))
    return channel


def _refuse_taken(kind: str, address: str) -> None:
    if address and Channel.objects.filter(kind=kind, address=address).exists():
        raise ValueError("another channel has this address already")


def _sealed(secrets: dict[str, str]) -> str:
    return crypto.seal(json.dumps(secrets)) if secrets else ""


def read_secrets(channel: Channel) -> dict[str, str]:
    """A channel's secrets, for its adapter only; raises crypto.Tampered under another key."""
    return json.loads(crypto.unseal(channel.secrets)) if channel.secrets else {}


def reseal_channels() -> int:
    """Seal all secrets of channels with the present key; how many were not. Nothing that anybody
    sees changes, so it is no event. Raises crypto.Tampered for one that no key opens."""
    count = 0
    for channel in Channel.objects.exclude(secrets="").order_by("pk"):
        if (sealed := crypto.reseal(channel.secrets)) != channel.secrets:
            Channel.objects.filter(pk=channel.pk).update(secrets=sealed)
            count += 1
    return count


def mark_trouble(channel_id: int, why: str) -> None:
    """Note what is wrong with a channel, in plain words; the first time it is an event."""
    row = Channel.objects.filter(pk=channel_id)
    if row.filter(trouble="").update(trouble=why[:2000], trouble_since=clock.now()):
        record(ChannelTroubled(channel_id))
    else:
        row.update(trouble=why[:2000])


def mark_working(channel_id: int) -> None:
    """The trouble of a channel is over."""
    row = Channel.objects.filter(pk=channel_id).exclude(trouble="")
    if row.update(trouble="", trouble_since=None):
        record(ChannelRecovered(channel_id))
