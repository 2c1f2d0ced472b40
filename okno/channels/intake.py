"""Raw first, parse later: an item is committed byte for byte before its sender is answered."""

import hashlib
import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from django.db import connection
from django.db.models import F, Q

from okno.channels.contract import Account, Raw, Unreadable, adapters
from okno.channels.models import Inbound, Position
from okno.desk import actions
from okno.desk.contract import Ignore, Incoming, IncomingFile, Parsed, Receipt
from okno.desk.files import Stored, keep, store
from okno.desk.models import Channel
from okno.kit import clock
from okno.kit.failpoint import failpoint
from okno.spine import SYSTEM, unit
from okno.spine.queue import Run, enqueue

# Larger items go to a file: a row of 25 MB would make every backup and cache suffer.
LARGEST_ROW = 64 * 1024
MOST_TRIES = 3
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Arrival:
    """An item at a door. `is_quiet`: imported, it starts no deadline, rule or reply."""

    channel_id: int
    raw: Raw
    external_id: str = ""
    is_quiet: bool = False

    @cached_property
    def sha256(self) -> str:
        return hashlib.sha256(self.raw.body).hexdigest()

    @property
    def name(self) -> str:
        """The sender's id as it is kept."""
        return self.external_id[:255]


def accept(
    channel_id: int,
    raw: Raw,
    external_id: str = "",
    *,
    is_quiet: bool = False,
    position: tuple[str, dict[str, Any]] | None = None,
    via: str = "intake",
) -> int | None:
    """Commit a raw item and the work of reading it; the door answers its sender only after this.

    Returns the inbound id, or None when these bytes were accepted before. `position` is where a
    pulling door stands after this item, moved in the same commit.
    """
    arrival = Arrival(channel_id, raw, external_id, is_quiet)
    moves = [(channel_id, *position)] if position is not None else []
    return accept_all([arrival], moves, via=via)[0]


def accept_all(
    arrivals: Sequence[Arrival],
    moves: Sequence[tuple[int, str, dict[str, Any]]] = (),
    *,
    via: str = "intake",
) -> list[int | None]:
    """`accept` for several items in one commit: all or none. `moves` are positions (channel, name,
    value). Returns an inbound id, or None for bytes accepted before, for each item."""
    storages = [_put_aside(arrival) for arrival in arrivals]
    with unit(SYSTEM, via):
        for move in moves:
            move_position(*move)
        ids = [_insert(a, storage) for a, storage in zip(arrivals, storages, strict=True)]
        for pk in ids:
            if pk is not None:
                enqueue("channels.read", {"inbound_id": pk}, key=f"read:{pk}")
        failpoint("raw.before_commit")
    failpoint("raw.after_commit_before_ack")
    return ids


def _put_aside(arrival: Arrival) -> str:
    """A large item goes to disk before the unit; returns its storage name, or ""."""
    if len(arrival.raw.body) <= LARGEST_ROW or _known(arrival):
        return ""
    return store().put(arrival.raw.body)


_INSERT = """
INSERT INTO channels_inbound (channel_id, external_id, sha256, size, body, storage, meta, state,
    tries, why, is_quiet, received_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, 'new', 0, '', %s, %s)
ON CONFLICT (channel_id, external_id, sha256) DO NOTHING RETURNING id
"""


def _insert(arrival: Arrival, storage: str) -> int | None:
    body = b"" if storage else arrival.raw.body
    row = [
        *(arrival.channel_id, arrival.name, arrival.sha256, len(arrival.raw.body), body, storage),
        *(json.dumps(arrival.raw.meta), arrival.is_quiet, clock.now()),
    ]
    with connection.cursor() as cursor:
        cursor.execute(_INSERT, row)
        found = cursor.fetchone()
    return int(found[0]) if found else None


def _known(arrival: Arrival) -> bool:
    return Inbound.objects.filter(
        channel_id=arrival.channel_id, external_id=arrival.name, sha256=arrival.sha256
    ).exists()


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
    same_kind = Channel.objects.filter(kind=channel.kind).exclude(address="")
    return Account(
        id=channel.pk,
        kind=channel.kind,
        name=channel.name,
        address=channel.address,
        settings=channel.settings,
        secrets=actions.read_secrets(channel),
        language=channel.language,
        signature=channel.signature,
        own_addresses=tuple(same_kind.values_list("address", flat=True)),
    )


def read_inbound(run: Run, inbound_id: int) -> None:
    """Parse one accepted item and give it to the desk, all in one unit with the job's end.

    An item that cannot be parsed, or whose parsing has died three times, becomes a visible
    conversation with its raw file; nothing waits behind it.
    """
    inbound = Inbound.objects.select_related("channel").get(pk=inbound_id)
    if inbound.state != Inbound.State.NEW:
        return
    if inbound.tries >= MOST_TRIES:
        _give_up(run, inbound, "the reader failed three times")
        return
    Inbound.objects.filter(pk=inbound_id).update(tries=F("tries") + 1)
    raw = Raw(raw_body(inbound), {**inbound.meta, "received_at": inbound.received_at.isoformat()})
    try:
        items = adapters.get(inbound.channel.kind).parse(raw, account_of(inbound.channel))
        stored = [keep(_files(item)) for item in items]
    except Unreadable as error:
        _give_up(run, inbound, str(error))
        return
    _take(run, inbound, list(zip(items, stored, strict=True)))


def _files(item: Parsed) -> tuple[IncomingFile, ...]:
    message = item.otherwise if isinstance(item, Receipt) else item
    return message.files if isinstance(message, Incoming) else ()


def _take(run: Run, inbound: Inbound, items: list[tuple[Parsed, list[Stored]]]) -> None:
    with unit(SYSTEM, f"channel:{inbound.channel.kind}"):
        whys = [_apply(inbound, item, files) for item, files in items]
        ignored = all(why and why != "receipt" for why in whys)
        Inbound.objects.filter(pk=inbound.pk).update(
            state=Inbound.State.IGNORED if ignored else Inbound.State.DONE,
            why=";".join(filter(None, whys))[:200],
        )
        failpoint("parse.before_commit")
        run.done()
    failpoint("parse.after_commit_before_done")


def _apply(inbound: Inbound, item: Parsed, files: list[Stored]) -> str:
    """Do what one parsed item says; returns why it was ignored, or ""."""
    if isinstance(item, Ignore):
        return item.why
    if isinstance(item, Receipt):
        if actions.note_receipt(item) is not None:
            return "receipt"
        if item.otherwise is None:
            return "receipt_unmatched"
        item = item.otherwise
    if _has_twin(inbound):
        item = _marked(item, "same_id")
    actions.receive(
        inbound.channel, item, files, inbound_id=inbound.pk, is_quiet=inbound.is_quiet
    )
    return ""


def _has_twin(inbound: Inbound) -> bool:
    """Same id with other bytes: both are kept, this one is marked (attack A13)."""
    if not inbound.external_id:
        return False
    same = Q(channel_id=inbound.channel_id, external_id=inbound.external_id)
    return Inbound.objects.filter(same).exclude(pk=inbound.pk).exists()


def _marked(item: Incoming, notice: str) -> Incoming:
    values = {**vars(item), "notices": (*item.notices, notice)}
    return Incoming(**values)


def _give_up(run: Run, inbound: Inbound, why: str) -> None:
    log.warning("inbound %s cannot be read: %s", inbound.pk, why[:80])
    with unit(SYSTEM, f"channel:{inbound.channel.kind}"):
        actions.receive_unreadable(inbound.channel, inbound.pk, why)
        Inbound.objects.filter(pk=inbound.pk).update(
            state=Inbound.State.UNREADABLE, why=why[:200]
        )
        run.done()
