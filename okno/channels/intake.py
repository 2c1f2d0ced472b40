"""Raw first, parse later: an item is committed byte for byte before its sender is answered."""

import hashlib
import logging
from typing import Any

from django.db.models import F, Q

from okno.channels.contract import Account, Raw, Unreadable, adapters
from okno.channels.models import Inbound, Position
from okno.desk import actions
from okno.desk.contract import Ignore, Incoming, IncomingFile, Parsed, Receipt
from okno.desk.files import Stored, keep, store
from okno.desk.models import Channel
from okno.kit import clock, sql
from okno.kit.failpoint import failpoint
from okno.spine import SYSTEM, unit
from okno.spine.queue import Run, enqueue

# Larger items go to a file: a row of 25 MB would make every backup and cache suffer.
LARGEST_ROW = 64 * 1024
MOST_TRIES = 3
log = logging.getLogger(__name__)


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
    sha256 = hashlib.sha256(raw.body).hexdigest()
    external_id = external_id[:255]
    storage = ""
    if len(raw.body) > LARGEST_ROW and not _known(channel_id, external_id, sha256):
        storage = store().put(raw.body)
    with unit(SYSTEM, via):
        if position is not None:
            move_position(channel_id, *position)
        if _known(channel_id, external_id, sha256):
            return None
        inbound_id = sql.insert(
            Inbound,
            channel_id=channel_id,
            external_id=external_id,
            sha256=sha256,
            size=len(raw.body),
            body=b"" if storage else raw.body,
            storage=storage,
            meta=raw.meta,
            is_quiet=is_quiet,
        )
        enqueue("channels.read", {"inbound_id": inbound_id}, key=f"read:{inbound_id}")
        failpoint("raw.before_commit")
    failpoint("raw.after_commit_before_ack")
    return inbound_id


def _known(channel_id: int, external_id: str, sha256: str) -> bool:
    return Inbound.objects.filter(
        channel_id=channel_id, external_id=external_id, sha256=sha256
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
        ignored = all(whys) if whys else True
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
            return ""
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
