"""Raw first, parse later: an item is committed byte for byte before its sender is answered."""

import hashlib
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import Q

from okno.channels.contract import Account, Raw
from okno.channels.models import Inbound, Position
from okno.desk import actions
from okno.desk.models import Channel
from okno.kit import clock
from okno.kit.blobs import store
from okno.kit.failpoint import failpoint
from okno.spine import SYSTEM, rows, unit
from okno.spine.queue import LIVE, enqueue_all, finish

# Larger items go to a file: a row of 25 MB would make every backup and cache suffer.
LARGEST_ROW = 64 * 1024
# How long senders of letters try again (RFC 5321 section 4.5.4.1). The same bytes without an id are
# a second try for so long, unless their sender has heard that the first one was accepted.
RETRY_DAYS = timedelta(days=5)


@dataclass(frozen=True)
class Arrival:
    """An item at a door. `is_quiet`: imported, it starts no deadline, rule or reply. `is_live`:
    written at a page that waits for it; its reading does not wait for letters."""

    channel_id: int
    raw: Raw
    external_id: str = ""
    is_quiet: bool = False
    is_live: bool = False

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.raw.body).hexdigest()

    @property
    def name(self) -> str:
        """The sender's id as it is kept."""
        return self.external_id[:255]


# Trouble that begins so was found by a pulling door, and is over when that door works again.
TROUBLE_IN = "Incoming: "


def accept(
    channel_id: int,
    raw: Raw,
    external_id: str = "",
    *,
    is_quiet: bool = False,
    is_live: bool = False,
    position: tuple[str, dict[str, Any]] | None = None,
    via: str = "intake",
) -> int | None:
    """Commit a raw item and the work of reading it; the door answers its sender only after this.

    Returns the inbound id, or None when these bytes were accepted before. `position` is where a
    pulling door stands after this item, moved in the same commit.
    """
    arrival = Arrival(channel_id, raw, external_id, is_quiet, is_live)
    moves = [(channel_id, *position)] if position is not None else []
    return accept_all([arrival], moves, via=via)[0]


def accept_all(
    arrivals: Sequence[Arrival],
    moves: Sequence[tuple[int, str, dict[str, Any]]] = (),
    *,
    heard: Sequence[Arrival] = (),
    via: str = "intake",
) -> list[int | None]:
    """`accept` for several items in one commit: all or none. `moves` are positions (channel, name,
    value), `heard` items that were accepted before and whose senders know it. Returns an inbound
    id, or None for bytes accepted before, for each item."""
    whole = [(arrival, _put_aside(arrival)) for arrival in arrivals]
    with unit(SYSTEM, via):
        for move in moves:
            move_position(*move)
        _let_go(heard, clock.now())
        _let_go(arrivals, clock.now() - RETRY_DAYS)
        ids = _insert_all(whole)
        failpoint("raw.before_commit")
    failpoint("raw.after_commit_before_ack")
    return ids


_LET_GO = """
UPDATE channels_inbound SET external_id = 'heard:' || id
WHERE channel_id = %s AND external_id = '' AND sha256 = %s AND received_at <= %s
"""


def _let_go(arrivals: Iterable[Arrival], until: datetime) -> None:
    """Items without an id that came until then: the same bytes are another item from now on."""
    keys = {_key(arrival) for arrival in arrivals if not arrival.name}
    with connection.cursor() as cursor:
        for channel_id, _, sha256 in keys:
            cursor.execute(_LET_GO, [channel_id, sha256, until])


def accept_new(arrivals: Sequence[Arrival], *, via: str) -> list[bool]:
    """`accept_all` for senders who choose ids themselves: False for an item whose id was accepted
    before with other bytes, which is left alone; the same bytes again are no new item."""
    whole = [(arrival, _put_aside(arrival)) for arrival in arrivals]
    with unit(SYSTEM, via):
        known = _known_bytes(arrivals)
        fits = []
        for arrival in arrivals:
            same = known.setdefault((arrival.channel_id, arrival.name), arrival.sha256)
            fits.append(same == arrival.sha256)
        _insert_all([one for one, is_new in zip(whole, fits, strict=True) if is_new])
        failpoint("raw.before_commit")
    failpoint("raw.after_commit_before_ack")
    return fits


def set_aside(
    arrival: Arrival,
    why: str,
    moves: Sequence[tuple[int, str, dict[str, Any]]] = (),
    *,
    via: str = "intake",
) -> int | None:
    """Show an item that its door could not get whole as a conversation that says why; `arrival`
    holds what there is of it. Returns the inbound id, or None when it was set aside before."""
    with unit(SYSTEM, via):
        for move in moves:
            move_position(*move)
        inbound_id = _insert([(arrival, "")])[0]
        if inbound_id is not None:
            channel = Channel.objects.get(pk=arrival.channel_id)
            actions.receive_unreadable(channel, inbound_id, why)
            close(inbound_id, Inbound.State.UNREADABLE, why)
    return inbound_id


def _put_aside(arrival: Arrival) -> str:
    """A large item goes to disk before the unit; returns its storage name, or ""."""
    if len(arrival.raw.body) <= LARGEST_ROW or _known(arrival):
        return ""
    return store().put(arrival.raw.body)


def _insert_all(whole: Sequence[tuple[Arrival, str]]) -> list[int | None]:
    ids = _insert(whole)
    for lane in ("", LIVE):
        here = [pk for (one, _), pk in zip(whole, ids, strict=True) if one.is_live == bool(lane)]
        jobs = {_job_key(pk): {"inbound_id": pk} for pk in here if pk is not None}
        enqueue_all("channels.read", jobs, lane=lane)
    return ids


_INSERT = """
INSERT INTO channels_inbound (channel_id, external_id, sha256, size, body, storage, meta, state,
    why, is_quiet, received_at)
VALUES {} ON CONFLICT (channel_id, external_id, sha256) DO NOTHING
RETURNING id, channel_id, external_id, sha256
"""
_ONE = "(%s, %s, %s, %s, %s, %s, %s, 'new', '', %s, %s)"


def _insert(whole: Sequence[tuple[Arrival, str]]) -> list[int | None]:
    """Items with their storage names become rows; None for one that is there already."""
    if not whole:
        return []
    values: list[Any] = []
    for arrival, storage in whole:
        body = b"" if storage else arrival.raw.body
        values += [*_key(arrival), len(arrival.raw.body), body, storage]
        values += [json.dumps(arrival.raw.meta), arrival.is_quiet, clock.now()]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT.format(", ".join([_ONE] * len(whole))), values)
        made = {tuple(key): int(pk) for pk, *key in cursor.fetchall()}
    # One that came twice at once was made once.
    return [made.pop(_key(arrival), None) for arrival, _ in whole]


def _key(arrival: Arrival) -> tuple[Any, ...]:
    return arrival.channel_id, arrival.name, arrival.sha256


def _known_bytes(arrivals: Sequence[Arrival]) -> dict[tuple[int, str], str]:
    """Hashes of what was accepted under these ids."""
    channels = list({arrival.channel_id for arrival in arrivals})
    names = list({arrival.name for arrival in arrivals})
    columns = ("channel_id", "external_id", "sha256")
    found = rows.flat(Inbound, columns, channel_id__in=channels, external_id__in=names)
    return {(channel_id, name): sha256 for channel_id, name, sha256 in found}


def _known(arrival: Arrival) -> bool:
    return Inbound.objects.filter(
        channel_id=arrival.channel_id, external_id=arrival.name, sha256=arrival.sha256
    ).exists()


def came_elsewhere(arrival: Arrival, here: str) -> bool:
    """Whether a letter without an id of its own came before from another place of a mailbox than
    those whose names begin with `here`: it was moved, or the mailbox has counted anew."""
    same = Inbound.objects.filter(channel_id=arrival.channel_id, sha256=arrival.sha256)
    named = Q(external_id__gte="imap:", external_id__lt="imap;")
    return same.filter(named | Q(external_id="")).exclude(external_id__startswith=here).exists()


def move_position(channel_id: int, name: str, value: dict[str, Any]) -> None:
    """Remember how far a pulled source is read."""
    Position.objects.update_or_create(
        channel_id=channel_id, name=name, defaults={"value": value, "changed_at": clock.now()}
    )


def raw_body(inbound: Inbound) -> bytes:
    """The bytes as they were accepted; raises FileNotFoundError when the file is gone."""
    return store().read(inbound.storage) if inbound.storage else bytes(inbound.body)


def account_of(channel: Channel) -> Account:
    """A channel as its adapter sees it."""
    of_kind = rows.flat(Channel, ("address",), kind=channel.kind)
    return Account(
        id=channel.pk,
        kind=channel.kind,
        name=channel.name,
        address=channel.address,
        settings=channel.settings,
        secrets=actions.read_secrets(channel),
        language=channel.language,
        signature=channel.signature,
        own_addresses=tuple(address for (address,) in of_kind if address),
    )


_CLAIM = """
UPDATE channels_inbound SET state = 'done' WHERE state = 'new' AND id IN ({}) RETURNING id
"""


def claim(ids: Sequence[int]) -> set[int]:
    """Take items that nobody has read yet, in the open unit, and end their jobs with it."""
    with connection.cursor() as cursor:
        cursor.execute(_CLAIM.format(", ".join(["%s"] * len(ids))), list(ids))
        won = {int(row[0]) for row in cursor.fetchall()}
    finish([_job_key(pk) for pk in won])
    return won


def close(inbound_id: int, state: str, why: str) -> None:
    """Say how a claimed item ended, when it is more than a message."""
    Inbound.objects.filter(pk=inbound_id).update(state=state, why=why[:200])


def _job_key(inbound_id: int) -> str:
    return f"read:{inbound_id}"
