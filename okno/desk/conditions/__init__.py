"""The allow-list of conditions on conversations: one definition for filters, search and rules."""

from okno.desk.conditions import choices, flags, people, times, unread
from okno.desk.conditions.base import BadCondition, Condition, NotSteady, get, registry
from okno.desk.conditions.rows import rows

__all__ = [
    "BadCondition",
    "Condition",
    "NotSteady",
    "choices",
    "flags",
    "get",
    "people",
    "registry",
    "rows",
    "times",
    "unread",
]
