"""Schedules: what is due at an instant. Twenty thousand of them cost one index look."""

import logging
from datetime import datetime, timedelta
from typing import Any

from django.db import InterfaceError, OperationalError
from django.db.models import F

from okno.kit.failpoint import failpoint
from okno.kit.failures import told
from okno.spine import contract, instants, units
from okno.spine.actors import SYSTEM
from okno.spine.models import Schedule

log = logging.getLogger(__name__)


def schedule(name: str, due_at: datetime, args: dict[str, Any], *, key: str) -> None:
    """Set (or move) the schedule `key` in the open unit; `name` is a declared timer."""
    contract.timers.get(name)
    units.current()
    Schedule.objects.update_or_create(
        key=key, defaults={"name": name, "due_at": due_at, "args": args, "attempts": 0, "error": ""}
    )


def cancel(key: str) -> None:
    """Forget the schedule `key`, if there is one."""
    units.current()
    Schedule.objects.filter(key=key).delete()


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
            failpoint("sla.tick")
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
                error=told(error)[-4000:],
            )
        return False
