"""How readers take a batch of events: all of them in one unit, and when that fails each in its own,
event by event, parking what fails.

A cursor moves by compare-and-set in the same unit as its reader's writes, so of two processes at
the same event one waits and then finds the work done: effectively once, with no lease to expire.
"""

import logging
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db import InterfaceError, OperationalError, connection
from django.db.backends.utils import CursorWrapper

from okno.kit import clock
from okno.kit.failures import told
from okno.spine import rows, units
from okno.spine.actors import SYSTEM
from okno.spine.contract import Happened, Reader
from okno.spine.models import Cursor, Parked

log = logging.getLogger(__name__)


class Behind(Exception):
    """Another process moved this cursor first."""


@dataclass(frozen=True)
class Step:
    """What one reader is to take: those that it wants of the `passed` events after `start` up to
    `end`."""

    reader: Reader
    start: int
    end: int
    wanted: list[Happened]
    passed: int = 1

    def gathered(self) -> Any:
        """What a gathering reader makes of its events, before the unit; None for the others, and
        for one that builds on what another reader is about to write."""
        reader = self.reader
        if reader.gathers is None or reader.after or not self.wanted:
            return None
        return reader.gathers(self.wanted)


def take_together(steps: Sequence[Step]) -> None:
    """One unit for all readers, because a commit costs more than what most of them do.

    Raises Behind when one of them is elsewhere by now, and whatever a reader raises; nothing is
    taken then.
    """
    made = [step.gathered() for step in steps]
    with units.unit(SYSTEM, "readers") as opened:
        _move(steps, opened.cursor)
        wanting = [step for step in steps if step.wanted]
        waiting = _waiting(wanting) if wanting else set()
        for step, found in zip(steps, made, strict=True):
            _run_but_waiting(step.reader, step.wanted, opened, waiting, found)


def _move(steps: Sequence[Step], cursor: CursorWrapper) -> None:
    """Readers mostly go the same way, so it is one statement for all who do."""
    ways: dict[tuple[int, int], list[str]] = {}
    for step in steps:
        ways.setdefault((step.start, step.end), []).append(step.reader.name)
    for (start, end), names in ways.items():
        places = ", ".join(["%s"] * len(names))
        text = f"UPDATE spine_cursor SET last_id = %s WHERE last_id = %s AND reader IN ({places})"
        cursor.execute(text, [end, start, *names])
        if cursor.rowcount != len(names):
            raise Behind


def take(step: Step) -> int:
    """One reader's batch in one unit; on a failure one by one, parking what fails. Returns the
    cursor."""
    try:
        take_together([step])
        return step.end
    except Behind:
        return step.start
    except (OperationalError, InterfaceError):
        raise
    except Exception:
        log.info("reader %s takes a failed batch one by one", step.reader.name)
        return _one_by_one(step)


def _one_by_one(step: Step) -> int:
    reader, position = step.reader, step.start
    for event in step.wanted:
        one = Step(reader, position, event.id, [event])
        try:
            try:
                take_together([one])
            except (Behind, OperationalError, InterfaceError):
                raise
            except Exception as error:
                with units.bookkeeping(), connection.cursor() as cursor:
                    _move([one], cursor)
                    _park(reader, event, told(error))
                log.warning("reader %s parked event %s", reader.name, event.id)
        except Behind:
            return position
        position = event.id
    Cursor.objects.filter(reader=reader.name, last_id=position).update(last_id=step.end)
    return step.end


def _waiting(steps: Iterable[Step]) -> set[tuple[str, str, int]]:
    """Readers and subjects with parked events."""
    subjects = list({event.subject_id for step in steps for event in step.wanted})
    names = [step.reader.name for step in steps]
    columns = ("reader", "subject_type", "subject_id")
    return set(rows.flat(Parked, columns, reader__in=names, subject_id__in=subjects))


def _run_but_waiting(
    reader: Reader,
    events: list[Happened],
    opened: units.Unit,
    waiting: set[tuple[str, str, int]],
    made: Any,
) -> None:
    """Run the reader for each event; those of a subject with parked ones wait behind them."""
    ready = []
    for event in events:
        if (reader.name, event.subject_type, event.subject_id) in waiting:
            _park(reader, event, "")
        else:
            ready.append(event)
    run(reader, ready, opened, made if len(ready) == len(events) else None)


def run(reader: Reader, events: list[Happened], opened: units.Unit, made: Any = None) -> None:
    """Let a reader do its work for these events, in its own name."""
    opened.via = f"reader:{reader.name}"
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
