"""The time that all processes of a database agree on: the database's own.

Machines disagree by seconds or hours; a lease that one gives and another reads must mean the same
to both. SQLite has no other clock than the machine's. Any clock may be set back: then what was to
be due soon would wait for as long as it was set back, until `mend` has moved it along.
"""

import time
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.db import connection
from django.db.models import DateTimeField, Expression, Value
from django.db.models.expressions import RawSQL

from okno.kit import clock

NOW = timedelta()
# Not that of the transaction, which may have waited; and, unlike `clock_timestamp()`, stable within
# a statement, so that an index may be used.
_POSTGRESQL = "(statement_timestamp() + %s)"
# A clock that is kept right goes back by less.
SLACK = timedelta(seconds=1)
# What sets right its own rows: called with the present instant and the latest one that they may
# have been written at; each returns how many rows it moved.
menders: list[Callable[[datetime, datetime], int]] = []


def now() -> datetime:
    """The present instant, aware, in UTC."""
    shift = _shift()
    if shift is None:
        return clock.now()
    with connection.cursor() as cursor:
        cursor.execute("SELECT statement_timestamp()")
        found: datetime = cursor.fetchone()[0]
    return found + shift


def sql(after: timedelta = NOW) -> tuple[str, Any]:
    """The instant `after` from now as SQL with one place, and the value for it."""
    shift = _shift()
    if shift is not None:
        return _POSTGRESQL, shift + after
    return "%s", connection.ops.adapt_datetimefield_value(clock.now() + after)


def expression(after: timedelta = NOW) -> Expression:
    """The same for the ORM."""
    shift = _shift()
    if shift is not None:
        return RawSQL(_POSTGRESQL, [shift + after], output_field=DateTimeField())
    return Value(clock.now() + after, output_field=DateTimeField())


def _shift() -> timedelta | None:
    """What to add to the database's clock: only in tests anything. None: it has none to ask."""
    return clock.shift() if connection.vendor == "postgresql" else None


def mend() -> int:
    """Move along what was written at an instant that has not come yet; returns how many rows."""
    here = now()
    return sum(mender(here, here + SLACK) for mender in menders)


class Watch:
    """Notices that the clock was set back: it is behind one that only goes forward.

    One that was set back before this process began is noticed at the first look.
    """

    def __init__(self) -> None:
        self._ahead: float | None = None

    def look(self) -> bool:
        """Whether to mend now; cheap enough for each second."""
        ahead = now().timestamp() - time.monotonic()
        is_back = self._ahead is None or ahead < self._ahead - SLACK.total_seconds() / 2
        self._ahead = ahead
        return is_back
