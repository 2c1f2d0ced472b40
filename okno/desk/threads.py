"""What stands in one conversation, by statements made once."""

from collections.abc import Sequence
from typing import Any, Self

from django.db.models import Model, QuerySet

from okno.desk.contract import DeliveryState
from okno.desk.models import (
    Aside,
    Attachment,
    Conversation,
    Delivery,
    Hold,
    Message,
    Note,
)
from okno.spine import rows, statements
from okno.spine.models import Event

# Events of one conversation, shown at once.
EVENTS = 500
_WRITERS = ("contact", "identity", "agent")


class _Known(QuerySet[Any]):
    """Rows that are read already; whoever asks for a part of them asks the database."""

    of: dict[str, int]

    def _chain(self) -> Self:
        found: Self = self.model._default_manager.filter(**self.of)
        return found


def _known(model: type[Model], read: list[Any], **of: int) -> _Known:
    found = _Known(model)
    found.of = of
    found._result_cache = read
    return found


def messages(
    found: Conversation, *, after: int = 0, limit: int | None = None, with_asides: bool = False
) -> list[Message]:
    """Messages of a conversation in order, behind the id `after`, with who wrote them, files and
    deliveries; with letters aside or without. Asks nobody: the caller may read them."""
    where: dict[str, Any] = {"conversation_id": found.pk}
    if not with_asides:
        where["aside_id"] = None
    if after:
        where["id__gt"] = after
    read = rows.read(Message, _WRITERS, limit=limit, **where)
    keys = [message.pk for message in read]
    files = _by("message_id", rows.read(Attachment, message_id__in=keys))
    sent = _by("message_id", rows.read(Delivery, message_id__in=keys))
    holds = _holds(sent)
    for message in read:
        key = message.pk
        message.conversation = found
        message._state.fields_cache["hold"] = holds.get(key)
        message._prefetched_objects_cache = {  # type: ignore[attr-defined]
            "attachments": _known(Attachment, files.get(key, []), message_id=key),
            "deliveries": _known(Delivery, sent.get(key, []), message_id=key),
        }
    _put_asides(read)
    return read


def _holds(sent: dict[int, list[Delivery]]) -> dict[int, Hold]:
    """What can still be taken back: nothing of it has been claimed, so it is queued."""
    queued = [
        key for key, found in sent.items() if any(d.state == DeliveryState.QUEUED for d in found)
    ]
    return {hold.message_id: hold for hold in rows.read(Hold, message_id__in=queued)}


def _put_asides(read: Sequence[Message]) -> None:
    ids = sorted({message.aside_id for message in read if message.aside_id is not None})
    asides = {aside.pk: aside for aside in rows.read(Aside, ("identity",), id__in=ids)}
    for message in read:
        if message.aside_id is not None:
            message.aside = asides[message.aside_id]


def notes(found: Conversation) -> list[Note]:
    """Notes of a conversation in order, with files. Asks nobody."""
    read = rows.read(Note, ("agent",), conversation_id=found.pk)
    files = _by("note_id", rows.read(Attachment, note_id__in=[note.pk for note in read]))
    for note in read:
        note.conversation = found
        note._prefetched_objects_cache = {  # type: ignore[attr-defined]
            "attachments": _known(Attachment, files.get(note.pk, []), note_id=note.pk)
        }
    return read


def timeline(found: Conversation, most: int = EVENTS) -> tuple[list[Event], bool]:
    """The newest `most` events of a conversation, in order, and whether there are earlier ones.
    Asks nobody."""
    if most == EVENTS:
        newest = statements.objects(_newest_events, found.pk)
    else:
        newest = list(_events(found.pk)[: most + 1])
    return newest[:most][::-1], len(newest) > most


def _newest_events(number: int) -> QuerySet[Event]:
    return _events(number)[: EVENTS + 1]


def _events(number: int) -> QuerySet[Event]:
    found = Event.objects.filter(subject_type="conversation", subject_id=number)
    return found.order_by("-id")


def _by(name: str, found: Sequence[Any]) -> dict[int, list[Any]]:
    parts: dict[int, list[Any]] = {}
    for row in found:
        parts.setdefault(getattr(row, name), []).append(row)
    return parts
