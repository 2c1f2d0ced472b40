"""Conditions on a field with few values: status, priority, kind of channel, language."""

from collections.abc import Callable
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from okno.desk.conditions.base import (
    BadCondition,
    Condition,
    Row,
    Value,
    Viewer,
    add,
    each,
    some,
)
from okno.desk.contract import abilities
from okno.desk.models import Priority, Status

_WEIGHTS = {name.lower(): int(member) for name, member in Priority.__members__.items()}
LONGEST_LANGUAGE = 8


def _one_of(known: Callable[[], list[str]]) -> Callable[[Value], str]:
    def one(value: Value) -> str:
        if isinstance(value, str) and value in known():
            return value
        raise BadCondition(f"{str(value)[:40]!r} is none of {', '.join(known())}")

    return one


def _field(
    name: str,
    label: str | Promise,
    kind: str,
    path: str,
    one: Callable[[Value], Any],
    **more: Any,
) -> Condition:
    """A condition that asks whether a column is one of some values."""

    def check(operator: str, value: Value) -> list[Any]:
        return each(value, one)

    def where(operator: str, value: Value, viewer: Viewer) -> Q:
        return some(Q(**{f"{path}__in": value}), operator)

    def holds(operator: str, value: Value, row: Row, viewer: Viewer) -> bool:
        return (row[path] in value) is (operator == "is")

    return add(Condition(name, label, kind, ("is", "is_not"), check, where, holds, **more))


status = _field(
    "status",
    pgettext_lazy("condition", "Status"),
    "choice",
    "status",
    _one_of(lambda: list(Status.values)),
    choices=lambda: list(Status.choices),
)
kind = _field(
    "kind",
    pgettext_lazy("condition", "Kind of channel"),
    "choice",
    "channel__kind",
    _one_of(abilities.names),
    choices=lambda: [(name, name) for name in abilities.names()],
)


def _language(value: Value) -> str:
    fits = isinstance(value, str) and 1 < len(value) <= LONGEST_LANGUAGE and value.isascii()
    if fits and value.replace("-", "").isalnum():
        return str(value)
    raise BadCondition(f"{str(value)[:40]!r} is no language code, such as ru or en")


language = _field(
    "language", pgettext_lazy("condition", "Language"), "language", "language", _language
)


def _weight(operator: str, value: Value) -> Any:
    many = each(value, _one_weight)
    if operator in ("is", "is_not"):
        return many
    if len(many) > 1:
        raise BadCondition(f"{operator} takes one priority")
    return many[0]


def _one_weight(value: Value) -> int:
    if isinstance(value, str):
        value = _WEIGHTS.get(value, int(value) if value in ("1", "2", "3", "4") else value)
    if isinstance(value, int) and not isinstance(value, bool) and value in Priority.values:
        return value
    raise BadCondition(f"{str(value)[:40]!r} is none of {', '.join(_WEIGHTS)}")


def _weight_where(operator: str, value: Value, viewer: Viewer) -> Q:
    if operator == "at_least":
        return Q(priority__gte=value)
    if operator == "at_most":
        return Q(priority__lte=value)
    return some(Q(priority__in=value), operator)


def _weight_holds(operator: str, value: Value, row: Row, viewer: Viewer) -> bool:
    weight = int(row["priority"])
    if operator == "at_least":
        return weight >= int(value)
    if operator == "at_most":
        return weight <= int(value)
    return (weight in value) is (operator == "is")


priority = add(
    Condition(
        "priority",
        pgettext_lazy("condition", "Priority"),
        "choice",
        ("is", "is_not", "at_least", "at_most"),
        _weight,
        _weight_where,
        _weight_holds,
        choices=lambda: list(Priority.choices),
    )
)
