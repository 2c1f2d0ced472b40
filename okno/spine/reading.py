"""Readers follow the log, each with its own cursor moved in the same unit as its writes.

The cursor moves by compare-and-set first, so of two processes at the same event one waits and
then finds the work done: effectively once, with no lease to expire.
"""

import logging
import traceback
from dataclasses import dataclass, field
from typing import Any

from django.db import InterfaceError, OperationalError

from okno.kit import clock
from okno.spine import contract, units
from okno.spine.actors import SYSTEM
from okno.spine.contract import Happened, Reader
from okno.spine.models import Cursor, Event, Parked

BATCH = 100
log = logging.getLogger(__name__)


class _Behind(Exception):
    """Another process moved this cursor first."""


def happened_after(position: int, limit: int = BATCH) -> list[Happened]:
    """The next events of the log in order, as flat objects."""
    fields = tuple(Happened.__dataclass_fields__)
    rows = Event.objects.filter(id__gt=position).order_by("id").values_list(*fields)[:limit]
    return [Happened(*row) for row in rows]


def newest_id() -> int:
    """The position of the last committed event, 0 when there is none."""
    return Event.objects.order_by("-id").values_list("id", flat=True).first() or 0


def cursors() -> dict[str, int]:
    """Where each reader stands; a new reader is at the beginning."""
    known = dict(Cursor.objects.values_list("reader", "last_id"))
    missing = [name for name in contract.readers.names() if name not in known]
    if missing:
        Cursor.objects.bulk_create([Cursor(reader=n) for n in missing], ignore_conflicts=True)
    return {**dict.fromkeys(missing, 0), **known}


def read_once() -> int:
    """Let every reader take its next batch. Returns how many events were passed in all."""
    passed = 0
    at = cursors()
    # Readers mostly stand at the same place: what one has fetched serves the next.
    fetched: dict[int, list[Happened]] = {}
    idle: dict[str, tuple[int, int]] = {}
    for reader in _in_order():
        start, batch = at[reader.name], _next(reader, at, fetched)
        if not batch:
            continue
        wanted = [e for e in batch if reader.wants(e.name)]
        if wanted:
            at[reader.name] = _take(reader, start, wanted, batch[-1].id)
        else:
            idle[reader.name] = (start, batch[-1].id)
            at[reader.name] = batch[-1].id
        passed += len(batch)
    _pass_by(idle)
    return passed


def _next(reader: Reader, at: dict[str, int], fetched: dict[int, list[Happened]]) -> list[Happened]:
    """Its next events, none beyond the readers that go first."""
    limit = min((at[other] for other in reader.after if other in at), default=None)
    start = at[reader.name]
    if start not in fetched:
        fetched[start] = happened_after(start)
    batch = fetched[start]
    return batch if limit is None else [e for e in batch if e.id <= limit]


def _in_order() -> list[Reader]:
    """Readers so that those named in `after` come first; raises ValueError for a circle."""
    todo = {r.name: r for r in contract.readers}
    done: list[Reader] = []
    while todo:
        ready = [r for r in todo.values() if not any(name in todo for name in r.after)]
        if not ready:
            raise ValueError("readers wait for each other: " + ", ".join(sorted(todo)))
        for reader in ready:
            done.append(todo.pop(reader.name))
    return done


def _pass_by(idle: dict[str, tuple[int, int]]) -> None:
    """Move the cursors of readers that wanted nothing, all in one commit."""
    if not idle:
        return
    with units.bookkeeping():
        for name, (start, end) in idle.items():
            Cursor.objects.filter(reader=name, last_id=start).update(last_id=end)


def _move(reader: Reader, start: int, end: int) -> None:
    if not Cursor.objects.filter(reader=reader.name, last_id=start).update(last_id=end):
        raise _Behind


def _take(reader: Reader, start: int, wanted: list[Happened], end: int) -> int:
    """Run a batch in one unit; on a failure one by one, parking what fails. Returns the cursor."""
    try:
        made = reader.gathers(wanted) if reader.gathers else None
        with units.unit(SYSTEM, f"reader:{reader.name}") as opened:
            _move(reader, start, end)
            _run_but_waiting(reader, wanted, opened, made)
        return end
    except _Behind:
        return start
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.info("reader %s takes a failed batch one by one", reader.name)
        return _one_by_one(reader, start, wanted, end)


def _one_by_one(reader: Reader, start: int, wanted: list[Happened], end: int) -> int:
    position = start
    for event in wanted:
        try:
            try:
                with units.unit(SYSTEM, f"reader:{reader.name}") as opened:
                    _move(reader, position, event.id)
                    _run_but_waiting(reader, [event], opened)
            except (_Behind, OperationalError, InterfaceError):
                raise
            except Exception:
                with units.bookkeeping():
                    _move(reader, position, event.id)
                    _park(reader, event, traceback.format_exc(limit=5))
                log.warning("reader %s parked event %s", reader.name, event.id)
        except _Behind:
            return position
        position = event.id
    Cursor.objects.filter(reader=reader.name, last_id=position).update(last_id=end)
    return end


def _run_but_waiting(
    reader: Reader, events: list[Happened], opened: units.Unit, made: Any = None
) -> None:
    """Run the reader for each event; those of a subject with parked ones wait behind them."""
    parked = Parked.objects.filter(
        reader=reader.name, subject_id__in={event.subject_id for event in events}
    )
    waiting = set(parked.values_list("subject_type", "subject_id"))
    ready = []
    for event in events:
        if (event.subject_type, event.subject_id) in waiting:
            _park(reader, event, "")
        else:
            ready.append(event)
    _run(reader, ready, opened, made if len(ready) == len(events) else None)


def _run(reader: Reader, events: list[Happened], opened: units.Unit, made: Any = None) -> None:
    if reader.gathers is not None:
        if events:
            opened.cause = events[-1]
            reader.run(made if made is not None else reader.gathers(events))
        return
    for event in events:
        opened.cause = event
        reader.run(event)


def _park(reader: Reader, event: Happened, error: str) -> None:
    Parked.objects.create(
        reader=reader.name,
        event_id=event.id,
        subject_type=event.subject_type,
        subject_id=event.subject_id,
        error=error,
        created_at=clock.now(),
    )


def retry_parked(reader_name: str, subject_type: str, subject_id: int) -> int:
    """Run a subject's parked events again, in order, each in its unit. Returns how many went.

    Raises what the reader raises at the first that still fails; it and the rest stay parked.
    """
    reader = contract.readers.get(reader_name)
    parked = Parked.objects.filter(
        reader=reader_name, subject_type=subject_type, subject_id=subject_id
    ).order_by("event_id")
    went = 0
    while True:
        with units.unit(SYSTEM, f"reader:{reader.name}") as opened:
            # The reader itself stands still meanwhile, so it parks no event behind the last one.
            Cursor.objects.select_for_update().filter(reader=reader_name).first()
            first = parked.first()
            if first is None:
                return went
            first.delete()
            _run(reader, happened_after(first.event_id - 1, 1), opened)
        went += 1


def rebuild(reader_name: str) -> int:
    """Empty what a reader filled and replay the whole log into it. Returns events replayed.

    Raises ValueError when the reader has not said that its tables may be dropped.
    """
    reader = contract.readers.get(reader_name)
    if reader.clear is None:
        raise ValueError(f"{reader_name} has no `clear`, so it cannot be rebuilt")
    with units.unit(SYSTEM, f"rebuild:{reader_name}"):
        # The cursor first: that waits for the end of a unit which this reader has open elsewhere.
        Cursor.objects.filter(reader=reader_name).update(last_id=0)
        Parked.objects.filter(reader=reader_name).delete()
        reader.clear()
    passed = 0
    while batch := _next(reader, at := cursors(), {}):
        start, end = at[reader_name], batch[-1].id
        if wanted := [e for e in batch if reader.wants(e.name)]:
            _take(reader, start, wanted, end)
        else:
            _pass_by({reader_name: (start, end)})
        passed += len(batch)
    return passed


@dataclass
class Lag:
    """How far a reader is behind, in events, and what is parked there."""

    reader: str
    behind: int
    parked: int = field(default=0)


def lags() -> list[Lag]:
    """Every reader's distance from the end of the log."""
    end, at = newest_id(), cursors()
    return [
        Lag(r.name, end - at.get(r.name, 0), Parked.objects.filter(reader=r.name).count())
        for r in contract.readers
    ]
