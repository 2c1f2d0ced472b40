"""Readers follow the log, each with a cursor of its own."""

import logging
from dataclasses import dataclass, field

from django.db import InterfaceError, OperationalError, connection

from okno.spine import contract, rows, taking, units
from okno.spine.actors import SYSTEM
from okno.spine.causes import Chains
from okno.spine.contract import Happened, Reader
from okno.spine.models import Cursor, Event, Parked

BATCH = 100
log = logging.getLogger(__name__)


def happened_after(position: int, limit: int = BATCH) -> list[Happened]:
    """The next events of the log in order, as flat objects."""
    found = rows.flat(Event, tuple(Happened.__dataclass_fields__), limit=limit, id__gt=position)
    return [Happened(*row) for row in found]


def newest_id() -> int:
    """The position of the last committed event, 0 when there is none."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT max(id) FROM spine_event")
        return int(cursor.fetchone()[0] or 0)


def cursors() -> dict[str, int]:
    """Where each reader stands; new ones are put where they begin."""
    known = _known()
    if all(reader.name in known for reader in contract.readers):
        return known
    make_cursors()
    return _known()


def _known() -> dict[str, int]:
    return dict(rows.flat(Cursor, ("reader", "last_id")))


def make_cursors() -> None:
    """Put readers that have no cursor where they begin; those that have one stay where they are.

    Called by whoever brings the database to this version and at the start of each process, before
    it records anything: a reader that begins now then misses nothing of what its version does.
    One statement a reader, so the newest event that it sees is committed, and of two processes one
    wins; on PostgreSQL too every later event has a greater id, see `units`.
    """
    known = _known()
    new = [reader for reader in contract.readers if reader.name not in known]
    if not new:
        return
    with units.bookkeeping(), connection.cursor() as cursor:
        for reader in new:
            newest = "(SELECT coalesce(max(id), 0) FROM spine_event)"
            start = newest if reader.begins == "now" else "0"
            text = f"INSERT INTO spine_cursor (reader, last_id) SELECT %s, {start}"
            # SQLite takes ON for a join without a WHERE before it.
            cursor.execute(f"{text} WHERE TRUE ON CONFLICT (reader) DO NOTHING", [reader.name])


def read_once() -> int:
    """Let every reader take its next batch. Returns how many events were passed in all."""
    at = cursors()
    # Readers mostly stand at the same place: what one has fetched serves the next.
    fetched, chains = _Fetched(), Chains()
    then = dict(at)
    steps = [step for reader in _in_order() if (step := _step(reader, then, fetched, chains))]
    for together in taking.units_of(steps):
        try:
            taking.take_together(together)
        except taking.Behind:
            break  # another process is at it; the next round begins from where it has come to
        except (OperationalError, InterfaceError):
            raise
        except Exception:
            log.info("a failed batch is taken by one reader after the other")
            for reader in _in_order():
                if (step := _step(reader, at, fetched, chains)) is not None:
                    at[reader.name] = taking.take(step)
            break
        at.update({step.reader.name: step.end for step in together})
    return sum(step.passed for step in steps)


_Fetched = dict[int, list[Happened]]


def _step(
    reader: Reader, at: dict[str, int], fetched: _Fetched, chains: Chains
) -> taking.Step | None:
    """What a reader has to do now, None for nothing; `at` is moved to its end."""
    start, batch = at[reader.name], _next(reader, at, fetched)
    if not batch:
        return None
    at[reader.name] = batch[-1].id
    wanted = chains.wanted(reader, batch)
    return taking.Step(reader, start, batch[-1].id, wanted, len(batch))


def _next(reader: Reader, at: dict[str, int], fetched: _Fetched) -> list[Happened]:
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


def retry_parked(reader_name: str, subject_type: str, subject_id: int) -> int:
    """Run a subject's parked events again, in order, each in its unit. Returns how many went.

    Raises what the reader raises at the first that still fails; it and the rest stay parked. One
    that has become a loop is stopped, as it would be in its turn.
    """
    reader = contract.readers.get(reader_name)
    parked = Parked.objects.filter(
        reader=reader_name, subject_type=subject_type, subject_id=subject_id
    ).order_by("event_id")
    went, looped = 0, 0
    while True:
        try:
            with units.unit(SYSTEM, reader.via) as opened:
                # The reader itself stands still meanwhile, so it parks none behind the last one.
                Cursor.objects.select_for_update().filter(reader=reader_name).first()
                first = parked.first()
                if first is None:
                    return went
                first.delete()
                events = happened_after(first.event_id - 1, 1)
                if first.event_id == looped:
                    taking.stop(reader, events[0], opened)
                else:
                    taking.run(reader, events, opened)
                went += 1
        except units.TooDeep:
            looped = events[0].id


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
    while (step := _step(reader, cursors(), {}, Chains())) is not None:
        taking.take(step)
        passed += step.passed
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
