"""What a condition is: a named question to a conversation, asked of the database or of one row."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise

from okno.access.models import Agent
from okno.kit import numbers
from okno.kit.registry import Registry, Unknown
from okno.spine import Actor

# A list of values means any of them; longer ones are somebody's mistake or malice.
MOST_VALUES = 50

Viewer = Actor | None
Row = Mapping[str, Any]
Value = Any


class BadCondition(ValueError):
    """A condition, operator or value that is not one of ours; says what is."""


class NotSteady(ValueError):
    """The answer depends on who looks or on the clock, so one row alone cannot give it."""


@dataclass(frozen=True)
class Condition:
    """One condition of the allow-list.

    `kind` says what a form offers: choice, agent, team, tag, channel, contact, company,
    request_type, language, text, date or flag. `check` gives a value in its stored form or raises
    BadCondition; `parse` does so for a word that a person typed. `steady` is whether one row alone
    gives the answer.
    """

    name: str
    label: str | Promise
    kind: str
    operators: tuple[str, ...]
    _check: Callable[[str, Value], Value]
    _where: Callable[[str, Value, Viewer], Q]
    _holds: Callable[[str, Value, Row, Viewer], bool]
    _parse: Callable[[str, str, Viewer], Value] | None = None
    _steady: Callable[[str, Value], bool] = lambda operator, value: True
    choices: Callable[[], list[tuple[Any, str | Promise]]] = list

    def check(self, operator: str, value: Value) -> Value:
        """The value as it is stored; raises BadCondition for what this condition does not take."""
        if operator not in self.operators:
            known = ", ".join(self.operators)
            raise BadCondition(f"{self.name} knows {known}, not {str(operator)[:40]!r}")
        return self._check(operator, value)

    def parse(self, operator: str, text: str, viewer: Viewer) -> Value:
        """The stored value for a typed word ("me", a team's name, "2026-11-01").

        Raises BadCondition, also for the name of nothing that the viewer sees.
        """
        if operator not in self.operators or self._parse is None:
            return self.check(operator, text)
        return self.check(operator, self._parse(operator, text, viewer))

    def where(self, operator: str, value: Value, viewer: Viewer = None) -> Q:
        """The conversations that fit, as a condition on Conversation; raises BadCondition."""
        return self._where(operator, self.check(operator, value), viewer)

    def holds(self, operator: str, value: Value, row: Row, viewer: Viewer = None) -> bool:
        """Whether one row (`conditions.rows`) fits; raises BadCondition, NotSteady."""
        return self._holds(operator, self.check(operator, value), row, viewer)

    def test(self, operator: str, value: Value, viewer: Viewer = None) -> Callable[[Row], bool]:
        """`holds` for many rows: the value is checked once."""
        checked = self.check(operator, value)
        return lambda row: self._holds(operator, checked, row, viewer)

    def is_steady(self, operator: str, value: Value) -> bool:
        """Whether the answer is the same for every viewer until the conversation changes."""
        return self._steady(operator, self.check(operator, value))


registry: Registry[Condition] = Registry("condition")


def get(name: str) -> Condition:
    """The condition of that name; raises BadCondition, naming those there are."""
    try:
        return registry.get(name)
    except (Unknown, TypeError):
        known = ", ".join(registry.names())
        raise BadCondition(f"no condition {str(name)[:40]!r}; known: {known}") from None


def add(condition: Condition) -> Condition:
    """Put a condition on the list."""
    return registry.add(condition.name, condition)


def viewing_agent(viewer: Viewer) -> Agent:
    """Who "me" is; raises NotSteady when nobody in particular looks."""
    agent = getattr(viewer, "agent", viewer)
    if not isinstance(agent, Agent):
        raise NotSteady("this condition needs someone who looks")
    return agent


def each(value: Value, one: Callable[[Value], Value]) -> list[Value]:
    """A value or a list of values, each checked by `one`; raises BadCondition."""
    values = value if isinstance(value, list | tuple) else [value]
    if not 0 < len(values) <= MOST_VALUES:
        raise BadCondition(f"give 1 to {MOST_VALUES} values")
    return list(dict.fromkeys(one(item) for item in values))


def identifier(value: Value) -> int:
    """A positive id that fits 64 bits, given as number or digits; raises BadCondition."""
    number = numbers.identifier(value) if isinstance(value, str) else value
    if isinstance(number, int) and not isinstance(number, bool) and 0 < number < 2**63:
        return number
    raise BadCondition(f"{str(value)[:40]!r} is no id")


def some(fits: Q, operator: str) -> Q:
    """The condition itself, or its opposite for `is_not`."""
    return ~fits if operator == "is_not" else fits
