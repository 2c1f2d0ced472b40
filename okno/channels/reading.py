"""Accepted items become messages: parsed outside the unit, taken by the desk inside it.

Items that wait together are taken together, because a commit costs more than a letter; when that
fails, one by one. An item that failed goes alone from then on and never holds up its neighbours.
"""

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field

from django.db import InterfaceError, OperationalError

from okno.channels import patience
from okno.channels.acknowledging import acknowledge
from okno.channels.contract import Account, Raw, Unreadable, adapters
from okno.channels.intake import account_of, claim, close, raw_body
from okno.channels.models import Inbound
from okno.desk import actions, same_letter
from okno.desk.contract import Ignore, Incoming, Parsed, Receipt
from okno.desk.models import Channel
from okno.kit.blobs import File, Stored, TooLarge, keep
from okno.kit.failpoint import failpoint
from okno.spine import SYSTEM, rows, unit

MOST_TRIES = 8
MOST_BYTES = 8 * 1024 * 1024
log = logging.getLogger(__name__)


@dataclass
class _Read:
    """An inbound item with what its adapter made of it; `unreadable` says why it made nothing."""

    inbound: Inbound
    items: list[tuple[Parsed, list[Stored]]] = field(default_factory=list)
    unreadable: str = ""
    has_twin: bool = False


def read_inbound(tries: dict[int, int], behind: list[int]) -> set[int]:
    """Make accepted items messages; `tries` says how often each was taken up, this time included.
    Returns those that were read, whose jobs are ended; `behind` gets those that wait for others.

    An item that cannot be parsed, or whose reading has failed eight times, becomes a visible
    conversation with its raw file; nothing waits behind it. Raises what the last bad one raised
    when the good ones are done.
    """
    new = rows.read(Inbound, id__in=list(tries), state=Inbound.State.NEW.value)
    done: set[int] = set()
    failed: Exception | None = None
    todo = list(_portions(sorted(new, key=lambda row: (row.received_at, row.pk))))
    while todo:
        portion = todo.pop(0)
        try:
            done |= _read(portion, tries, behind)
        except (OperationalError, InterfaceError):
            raise
        except Exception as error:
            if len(portion) == 1:
                failed = error
                continue
            log.info("%s items are read one by one: %s", len(portion), type(error).__name__)
            todo[:0] = [[inbound] for inbound in portion]
    if failed is not None:
        raise failed
    failpoint("parse.after_commit_before_done")
    return done


def _portions(batch: list[Inbound]) -> Iterator[list[Inbound]]:
    """As many at once as are not too heavy together."""
    portion: list[Inbound] = []
    for inbound in batch:
        if portion and sum(row.size for row in portion) + inbound.size > MOST_BYTES:
            yield portion
            portion = []
        portion.append(inbound)
    if portion:
        yield portion


def _read(batch: list[Inbound], tries: dict[int, int], behind: list[int]) -> set[int]:
    ids = list({i.channel_id for i in batch})
    channels = {channel.pk: channel for channel in rows.read(Channel, id__in=ids)}
    accounts = {pk: account_of(channel) for pk, channel in channels.items()}
    twins = _twins([i for i in batch if channels[i.channel_id].abilities.letters])
    reads = []
    for inbound in batch:
        if patience.must_wait(inbound, batch):
            behind.append(inbound.pk)
            continue
        inbound.channel = channels[inbound.channel_id]
        read = _parse(inbound, accounts[inbound.channel_id], tries[inbound.pk])
        read.has_twin = inbound.external_id in twins
        reads.append(read)
    return _take(reads) if reads else set()


def _twins(letters: list[Inbound]) -> set[str]:
    """Ids under which letters came with different bytes (attack A13) or by several channels."""
    names = list({i.external_id for i in letters} - {""})
    if not names:
        return set()
    here = [pk for (pk,) in rows.flat(Channel, ("id",))]
    same = rows.flat(Inbound, ("external_id",), channel_id__in=here, external_id__in=names)
    return {name for (name,), count in Counter(same).items() if count > 1}


def _parse(inbound: Inbound, account: Account, tries: int) -> _Read:
    if tries > MOST_TRIES:
        return _Read(inbound, unreadable="the reader failed again and again")
    raw = Raw(raw_body(inbound), {**inbound.meta, "received_at": inbound.received_at.isoformat()})
    try:
        parsed = adapters.get(inbound.channel.kind).parse(raw, account)
        return _Read(inbound, [(item, keep(_files(item))) for item in parsed])
    except (Unreadable, TooLarge) as error:
        if str(error) == "parser_timeout":
            patience.note_slow(inbound)
        return _Read(inbound, unreadable=str(error))


def _files(item: Parsed) -> tuple[File, ...]:
    message = item.otherwise if isinstance(item, Receipt) else item
    return message.files if isinstance(message, Incoming) else ()


def _take(reads: list[_Read]) -> set[int]:
    """Give them to the desk and end their jobs, in one unit; passes over what another process
    took meanwhile. Returns what was taken."""
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
    first = same_letter.earlier(item) if read.has_twin else None
    if first is not None:
        if same_letter.is_copy(first, item, files):
            return "same_letter"
        item = same_letter.marked(first, item)
    inbound = read.inbound
    channel, is_quiet = inbound.channel, inbound.is_quiet
    message = actions.receive(channel, item, files, inbound_id=inbound.pk, is_quiet=is_quiet)
    if item.thread.number is None and not is_quiet:
        acknowledge(channel, message, item.language)
    return ""
