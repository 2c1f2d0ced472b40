"""The allow-list of conditions on conversations: one definition for filters, search and rules."""

from okno.desk.conditions import choices, flags, people, times, unread
from okno.desk.conditions.base import BadCondition, Condition, NotSteady, get, registry
from okno.desk.conditions.expression import AllOf, AnyOf, Expression, Not, Single, listed, parse
from okno.desk.conditions.rows import rows

__all__ = [
    "AllOf",
    "AnyOf",
    "BadCondition",
    "Condition",
    "Expression",
    "Not",
    "NotSteady",
    "Single",
    "choices",
    "flags",
    "get",
    "listed",
    "parse",
    "people",
    "registry",
    "rows",
    "times",
    "unread",
]
