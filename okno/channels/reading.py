"""Accepted items become messages: parsed outside the unit, taken by the desk inside it.

Items that wait together are taken together, because a commit costs more than a letter. An item that
failed goes alone from then on, so that it never holds up its neighbours.
"""

import logging
from collections import deque
from dataclasses import dataclass, field, replace

from django.db import InterfaceError, OperationalError
from django.db.models import Count

from okno.channels.contract import Account, Raw, Unreadable, adapters
from okno.channels.intake import account_of, claim, close, note_try, raw_body
from okno.channels.models import Inbound
from okno.desk import actions
from okno.desk.contract import Ignore, Incoming, IncomingFile, Parsed, Receipt
from okno.desk.files import Stored, TooLarge, keep
from okno.kit.failpoint import failpoint
from okno.spine import SYSTEM, unit
from okno.spine.queue import Run

MOST_TRIES = 8
MOST_TOGETHER = 10
MOST_BYTES = 8 * 1024 * 1024
# Jobs claimed together whose item was read with another's: they are gone, nothing is to be asked.
_ended: deque[tuple[str, int]] = deque(maxlen=1_000)
log = logging.getLogger(__name__)


@dataclass
class _Read:
    """An inbound item with what its adapter made of it; `unreadable` says why it made nothing."""

    inbound: Inbound
    items: list[tuple[Parsed, list[Stored]]] = field(default_factory=list)
    unreadable: str = ""
    has_twin: bool = False


def read_inbound(run: Run, inbound_id: int) -> None:
    """Make an accepted item messages, and with it others that wait.

    An item that cannot be parsed, or whose reading has failed eight times, becomes a visible
    conversation with its raw file; nothing waits behind it.
    """
    if (run.holder, inbound_id) in _ended:
        run.is_done = True
        return
    batch = _batch(inbound_id)
    if not batch:
        return
    note_try([inbound.pk for inbound in batch])
    reads = _parse_all(batch)
    try:
        won = _take(reads)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        if len(reads) == 1:
            raise
        log.info("%s items are read one by one: %s", len(reads), type(error).__name__)
        won = _take(reads[:1])
    _ended.extend((run.holder, pk) for pk in won)
    failpoint("parse.after_commit_before_done")


def _batch(inbound_id: int) -> list[Inbound]:
    """The item, if it still waits, and what waits with it and was never tried."""
    own = Inbound.objects.select_related("channel").get(pk=inbound_id)
    if own.state != Inbound.State.NEW:
        return []
    batch, size = [own], own.size
    if own.tries:
        return batch
    others = Inbound.objects.filter(state=Inbound.State.NEW, tries=0).exclude(pk=own.pk)
    oldest = others.select_related("channel").order_by("received_at", "pk")
    for other in oldest[: MOST_TOGETHER - 1]:
        size += other.size
        if size > MOST_BYTES:
            break
        batch.append(other)
    return batch


def _parse_all(batch: list[Inbound]) -> list[_Read]:
    channels = {i.channel_id: i.channel for i in batch}
    accounts = {pk: account_of(channel) for pk, channel in channels.items()}
    twins = _twins(batch)
    return [
        replace(_parse(i, accounts[i.channel_id]), has_twin=(i.channel_id, i.external_id) in twins)
        for i in batch
    ]


def _twins(batch: list[Inbound]) -> set[tuple[int, str]]:
    """Ids of a channel that came with different bytes: all are kept and marked (attack A13)."""
    ids = {i.external_id for i in batch} - {""}
    same = Inbound.objects.filter(
        channel_id__in={i.channel_id for i in batch}, external_id__in=ids
    )
    counted = same.values_list("channel_id", "external_id").annotate(n=Count("pk"))
    return {(channel, name) for channel, name, count in counted if count > 1}


def _parse(inbound: Inbound, account: Account) -> _Read:
    if inbound.tries >= MOST_TRIES:
        return _Read(inbound, unreadable="the reader failed again and again")
    raw = Raw(raw_body(inbound), {**inbound.meta, "received_at": inbound.received_at.isoformat()})
    try:
        parsed = adapters.get(inbound.channel.kind).parse(raw, account)
        return _Read(inbound, [(item, keep(_files(item))) for item in parsed])
    except (Unreadable, TooLarge) as error:
        return _Read(inbound, unreadable=str(error))


def _files(item: Parsed) -> tuple[IncomingFile, ...]:
    message = item.otherwise if isinstance(item, Receipt) else item
    return message.files if isinstance(message, Incoming) else ()


def _take(reads: list[_Read]) -> set[int]:
    """Give them to the desk and end their jobs, in one unit; passes over what another process
    took meanwhile. Returns the inbound ids."""
    kinds = {read.inbound.channel.kind for read in reads}
    with unit(SYSTEM, f"channel:{kinds.pop()}" if len(kinds) == 1 else "channel"):
        won = claim([read.inbound.pk for read in reads])
        for read in reads:
            if read.inbound.pk in won:
                _take_one(read)
        failpoint("parse.before_commit")
    return won


def _take_one(read: _Read) -> None:
    if read.unreadable:
        log.warning("inbound %s cannot be read: %s", read.inbound.pk, read.unreadable[:80])
        actions.receive_unreadable(read.inbound.channel, read.inbound.pk, read.unreadable)
        close(read.inbound.pk, Inbound.State.UNREADABLE, read.unreadable)
        return
    whys = [_apply(read, item, files) for item, files in read.items]
    why = ";".join(filter(None, whys))
    if all(w and w != "receipt" for w in whys):
        close(read.inbound.pk, Inbound.State.IGNORED, why)
    elif why:
        close(read.inbound.pk, Inbound.State.DONE, why)


def _apply(read: _Read, item: Parsed, files: list[Stored]) -> str:
    """Do what one parsed item says; returns why it was ignored, or ""."""
    if isinstance(item, Ignore):
        return item.why
    if isinstance(item, Receipt):
        if actions.note_receipt(item) is not None:
            return "receipt"
        if item.otherwise is None:
            return "receipt_unmatched"
        item = item.otherwise
    if read.has_twin:
        item = replace(item, notices=(*item.notices, "same_id"))
    inbound = read.inbound
    actions.receive(
        inbound.channel, item, files, inbound_id=inbound.pk, is_quiet=inbound.is_quiet
    )
    return ""
