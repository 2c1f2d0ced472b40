"""Conditions on instants: when it was opened, when somebody last wrote."""

from datetime import date, datetime, time, timedelta
from typing import Any

from django.db.models import Q
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from okno.desk.conditions.base import BadCondition, Condition, Row, Value, Viewer, add
from okno.kit import clock, numbers

MOST_DAYS = 3650
# Databases and zones have trouble at the ends of the calendar.
YEARS = range(1970, 2200)
_OPERATORS = ("before", "after", "within")


def _instant(value: Value) -> datetime:
    """An aware instant; a bare date is its first moment in the zone that is active.

    Stored values carry their offset, so they mean the same to everybody.
    """
    if not isinstance(value, str) or not 10 <= len(value) <= 32:
        raise BadCondition("write a date as 2026-11-01")
    try:
        if len(value) == 10:
            value = datetime.combine(date.fromisoformat(value), time.min).isoformat()
        found = datetime.fromisoformat(value)
        if found.year not in YEARS:
            raise ValueError("out of range")
        return found if timezone.is_aware(found) else timezone.make_aware(found)
    except (ValueError, OverflowError):
        raise BadCondition(f"{value[:40]!r} is no date; write it as 2026-11-01") from None


def _check(operator: str, value: Value) -> Value:
    if isinstance(value, list | tuple) and len(value) == 1:
        value = value[0]
    if operator != "within":
        return _instant(value).isoformat()
    if isinstance(value, str):
        value = numbers.identifier(value)
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= MOST_DAYS:
        return value
    raise BadCondition(f"give a number of days, 1 to {MOST_DAYS}")


def _limit(operator: str, value: Value) -> datetime:
    return clock.now() - timedelta(days=value) if operator == "within" else _instant(value)


def _times(name: str, label: str | Promise, column: str) -> Condition:
    def where(operator: str, value: Value, viewer: Viewer) -> Q:
        side = "lt" if operator == "before" else "gte"
        return Q(**{f"{column}__{side}": _limit(operator, value)})

    def holds(operator: str, value: Value, row: Row, viewer: Viewer) -> bool:
        at: Any = row[column]
        is_before = at < _limit(operator, value)
        return bool(is_before if operator == "before" else not is_before)

    return add(
        Condition(
            name,
            label,
            "date",
            _OPERATORS,
            _check,
            where,
            holds,
            _steady=lambda operator, value: operator != "within",
        )
    )


created = _times("created", pgettext_lazy("condition", "Opened"), "created_at")
last_message = _times("last_message", pgettext_lazy("condition", "Last message"), "last_message_at")
