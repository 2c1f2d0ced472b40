"""How readers take a batch of events: all of them in one unit, and when that fails each in its own,
event by event, parking what fails and stopping what goes round in circles.

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

    def prepared(self) -> Any:
        """What a preparing reader makes of its events, before the unit; None for the others."""
        if self.reader.prepare is None or not self.wanted:
            return None
        return self.reader.prepare(self.wanted)


def units_of(steps: Sequence[Step]) -> list[list[Step]]:
    """Steps by the unit that they are taken in: the first, because a commit costs more than what
    most readers do; a later one for who prepares from what another writes for the same events, and
    for those that go after it. Expects and keeps the order of `after`."""
    # Of each reader: the number of its unit, and whether it or one before it writes there.
    found: dict[str, tuple[int, bool]] = {}
    made: list[list[Step]] = []
    for step in steps:
        first = [found[name] for name in step.reader.after if name in found]
        number = max((n for n, _ in first), default=0)
        wrote = any(writes for n, writes in first if n == number)
        if wrote and step.wanted and step.reader.prepare is not None:
            number += 1
        found[step.reader.name] = number, wrote or bool(step.wanted)
        made.extend([] for _ in range(number + 1 - len(made)))
        made[number].append(step)
    return made


def take_together(steps: Sequence[Step]) -> None:
    """One unit for these readers.

    Raises Behind when one of them is elsewhere by now, and whatever a reader raises; nothing is
    taken then.
    """
    made = [step.prepared() for step in steps]
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
            except units.TooDeep:
                with units.unit(SYSTEM, reader.via) as opened:
                    _move([one], opened.cursor)
                    stop(reader, event, opened)
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
    opened.via = reader.via
    if reader.prepare is not None:
        if events:
            opened.cause = events[-1]
            reader.run(made if made is not None else reader.prepare(events))
        return
    for event in events:
        opened.cause = event
        reader.run(event)


def stop(reader: Reader, event: Happened, opened: units.Unit) -> None:
    """Say in the log that a reader's work for this event was a loop, and left undone.

    Its own end is no beginning: what a reader makes of that event is not said again.
    """
    log.warning("reader %s goes round in circles at event %s", reader.name, event.id)
    opened.cause = event
    if event.depth <= units.DEEPEST:
        about = (event.subject_type, event.subject_id)
        units.record(units.LoopStopped(*about, reader.name, event.id))


def _park(reader: Reader, event: Happened, error: str) -> None:
    Parked.objects.create(
        reader=reader.name,
        event_id=event.id,
        subject_type=event.subject_type,
        subject_id=event.subject_id,
        error=error,
        created_at=clock.now(),
    )
