"""Schedules: what is due at an instant. Twenty thousand of them cost one index look."""

import logging
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any

from django.db import InterfaceError, OperationalError, connection
from django.db.models import F
from django.db.models.functions import Coalesce

from okno.kit.failpoint import failpoint
from okno.kit.failures import told
from okno.spine import contract, instants, rows, units
from okno.spine.actors import SYSTEM
from okno.spine.models import Schedule

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Due:
    """What a schedule is to hold: `subject` is type and id of what it is about, if it knows."""

    key: str
    name: str
    due_at: datetime
    args: dict[str, Any]
    subject: tuple[str, int] | None = None


def schedule(
    name: str,
    due_at: datetime,
    args: dict[str, Any],
    *,
    key: str,
    subject: tuple[str, int] | None = None,
) -> None:
    """Set (or move) the schedule `key` in the open unit; `name` is a declared timer."""
    schedule_all([Due(key, name, due_at, args, subject)])


def schedule_all(dues: Iterable[Due]) -> None:
    """Set or move many in the open unit, a thousand with each statement; the last of a key counts.

    Raises LookupError for a timer that is not declared, NotInUnit.
    """
    cursor = units.current().cursor
    for some in rows.portions({due.key: due for due in dues}.values()):
        cursor.execute(_statement(len(some)), [value for due in some for value in _values(due)])


_COLUMNS = ("key", "name", "due_at", "args", "subject_type", "subject_id")


@lru_cache(maxsize=32)
def _statement(count: int) -> str:
    row = f"({', '.join(['%s'] * len(_COLUMNS))}, 0, '')"
    fresh = ", ".join(f"{c} = excluded.{c}" for c in (*_COLUMNS[1:], "attempts", "error"))
    return (
        f"INSERT INTO spine_schedule ({', '.join(_COLUMNS)}, attempts, error)"
        f" VALUES {', '.join([row] * count)}"
        f" ON CONFLICT (key) DO UPDATE SET {fresh}, failed_at = NULL"
    )


def _values(due: Due) -> tuple[Any, ...]:
    contract.timers.get(due.name)
    at = connection.ops.adapt_datetimefield_value(due.due_at)
    args = Schedule._meta.get_field("args").get_db_prep_save(due.args, connection)
    return (due.key, due.name, at, args, *(due.subject or (None, None)))


def cancel(key: str) -> None:
    """Forget the schedule `key`, if there is one."""
    cancel_all([key])


def cancel_all(keys: Iterable[str]) -> None:
    """Forget the schedules of these keys in the open unit, a thousand with each statement."""
    units.current()
    for some in rows.portions(keys):
        Schedule.objects.filter(key__in=some).delete()


def cancel_of(subject_type: str, ids: Iterable[int]) -> None:
    """Forget all schedules that are about these subjects."""
    units.current()
    for some in rows.portions(ids):
        about = Schedule.objects.filter(subject_type=subject_type, subject_id__in=some)
        about.delete()


def retry(schedule_id: int) -> None:
    """Let one that keeps failing come due at once, with its tries anew."""
    with units.bookkeeping():
        failing = Schedule.objects.filter(id=schedule_id, failed_at__isnull=False)
        failing.update(due_at=instants.now(), attempts=0)


def forget(schedule_id: int) -> None:
    """Give up one that keeps failing."""
    with units.bookkeeping():
        Schedule.objects.filter(id=schedule_id, failed_at__isnull=False).delete()


def fire_due(limit: int = 100) -> int:
    """Run what is due, each in a unit that also deletes its row. Returns how many ran.

    A timer of unknown name is left alone: a newer process set it, and will run it.
    """
    known = Schedule.objects.filter(name__in=contract.timers.names())
    due = known.filter(due_at__lte=instants.now()).order_by("due_at", "id")[:limit]
    return sum(_fire(row) for row in due)


def _fire(row: Schedule) -> bool:
    try:
        with units.unit(SYSTEM, f"timer:{row.name}"):
            gone, _ = Schedule.objects.filter(id=row.id, due_at=row.due_at).delete()
            failpoint("timer.after_claim")
            if gone:
                contract.timers.get(row.name).run(**row.args)
        return bool(gone)
    except (OperationalError, InterfaceError):
        raise
    except Exception as error:
        log.warning("timer %s failed, again later", row.key)
        with units.bookkeeping():
            # Push it forward, so that one bad timer never spins.
            Schedule.objects.filter(id=row.id, due_at=row.due_at).update(
                due_at=instants.now() + timedelta(seconds=60 * 2 ** min(row.attempts, 6)),
                attempts=F("attempts") + 1,
                failed_at=Coalesce("failed_at", instants.now()),
                error=told(error)[-4000:],
            )
        return False
