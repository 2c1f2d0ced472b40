"""`okno check`: the invariants of the promise, tested on live data, read-only.

Ids I1 to I9 are those of docs/understand/promise.md.
"""

import argparse
from collections.abc import Iterator
from datetime import timedelta

from django.db.models import Count, Exists, OuterRef

from okno.channels.models import Inbound
from okno.config import stored
from okno.desk.contract import DeliveryState
from okno.desk.models import Attachment, Conversation, Delivery, Direction, Message
from okno.kit import clock
from okno.kit.blobs import store
from okno.spine import reading
from okno.spine.models import Cursor, Event, Job

LATE = timedelta(days=3, hours=8)


def check(given: argparse.Namespace) -> int:
    """Print each broken invariant with its ids; 0 when none is broken, 1 otherwise."""
    broken = 0
    for name, look in (
        ("I1 every read letter is one message", _read_once),
        ("I2 nothing is shown twice", _shown_once),
        ("I3 every outgoing message ends", _outgoing_ends),
        ("I8 every event was read", _all_read),
        ("log and tables agree", _log_agrees),
        ("I9 files are whole", lambda: _files(given.files)),
    ):
        wrong = list(look())
        broken += len(wrong)
        print(f"{'✗' if wrong else '✓'} {name}")
        for line in wrong[:20]:
            print(f"    {line}")
    return 1 if broken else 0


def _read_once() -> Iterator[str]:
    shown = Message.every.filter(inbound_id=OuterRef("pk"))
    finished = Inbound.objects.filter(state__in=("done", "unreadable"))
    for pk in finished.filter(~Exists(shown), why="").values_list("pk", flat=True)[:100]:
        yield f"inbound {pk} was read and shows nowhere"
    waiting = Job.objects.filter(name="channels.read").values_list("args", flat=True)
    queued = {args["inbound_id"] for args in waiting}
    for pk in Inbound.objects.filter(state="new").values_list("pk", flat=True)[:10_000]:
        if pk not in queued:
            yield f"inbound {pk} waits and no job will read it"


def _shown_once() -> Iterator[str]:
    twice = (
        Message.every.filter(direction=Direction.IN, inbound_id__isnull=False)
        .values("inbound_id")
        .annotate(times=Count("pk"))
        .filter(times__gt=1)
    )
    for row in twice[:100]:
        yield f"inbound {row['inbound_id']} is shown {row['times']} times"


def _outgoing_ends() -> Iterator[str]:
    moving = (DeliveryState.QUEUED, DeliveryState.SENDING)
    late = Delivery.objects.filter(
        state__in=moving, is_held=False, created_at__lt=clock.now() - LATE
    )
    for pk in late.values_list("pk", flat=True)[:100]:
        yield f"delivery {pk} has been on its way for more than three days"
    keys = set(Job.objects.filter(name="channels.deliver").values_list("key", flat=True))
    read = Cursor.objects.filter(reader="channels.outbox").values_list("last_id", flat=True)
    names = ("message.queued", "aside.queued")
    unread = Event.objects.filter(id__gt=read.first() or 0, name__in=names)
    coming = {f"deliver:{data['message']}" for data in unread.values_list("data", flat=True)}
    open_ones = Delivery.objects.filter(state__in=moving, is_held=False)
    for pk, message in open_ones.values_list("pk", "message_id")[:10_000]:
        if f"deliver:{message}" not in keys | coming:
            yield f"delivery {pk} waits and no job will send it"


def _all_read() -> Iterator[str]:
    end = reading.newest_id()
    for cursor in Cursor.objects.all():
        if cursor.last_id > end:
            yield f"{cursor.reader} claims to have read event {cursor.last_id} of {end}"


def _log_agrees() -> Iterator[str]:
    opened = Event.objects.filter(
        name="conversation.opened", subject_type="conversation", subject_id=OuterRef("pk")
    )
    for number in Conversation.objects.filter(~Exists(opened)).values_list("pk", flat=True)[:100]:
        yield f"conversation {number} was never opened in the log"
    # One that began with a letter taken back is empty, and in the bin.
    rows = Conversation.objects.filter(merged_into=None, binned_at=None)
    empty = rows.annotate(n=Count("messages"))
    for number in empty.filter(n=0).values_list("pk", flat=True)[:100]:
        yield f"conversation {number} holds no message"


def _files(hash_all: bool) -> Iterator[str]:
    yield from (f"{what} is missing" for what in stored.missing())
    if not hash_all:
        return
    place = store()
    for pk, name, sha256 in Attachment.objects.values_list("pk", "storage", "sha256").iterator():
        if place.exists(name) and not place.verify(name, sha256):
            yield f"the file of attachment {pk} is damaged"
