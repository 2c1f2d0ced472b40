"""Conditions joined: all of them, any of them, not one of them, nested.

Stored as JSON. One condition is `{"name": ..., "operator": ..., "value": ...}`; terms are joined as
`{"all": [...]}`, `{"any": [...]}` and `{"not": {...}}`; a bare list means all of its terms.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from django.db.models import Q

from okno.desk.conditions.base import BadCondition, Condition, Row, Value, Viewer, get

# Each counted view is asked of each conversation that changes.
MOST_CONDITIONS = 12
DEEPEST = 4
Test = Callable[[Row], bool]
_KEYS = {"name", "operator", "value"}


class Expression(ABC):
    """What a conversation may fit: one condition, or several joined. Values are checked."""

    @abstractmethod
    def where(self, viewer: Viewer = None) -> Q:
        """The conversations that fit, as a condition on Conversation."""

    @abstractmethod
    def test(self, viewer: Viewer = None) -> Test:
        """Whether one row (`conditions.rows`) fits; the test raises NotSteady."""

    @abstractmethod
    def stored(self) -> dict[str, Any]:
        """As JSON; `parse` reads it."""

    @abstractmethod
    def singles(self) -> Iterator["Single"]:
        """The conditions that are joined, in their order."""

    def is_steady(self) -> bool:
        """Whether the answer is the same for every viewer until the conversation changes."""
        return all(one.condition.is_steady(one.operator, one.value) for one in self.singles())


@dataclass(frozen=True)
class Single(Expression):
    """One condition, asked with an operator and a value."""

    condition: Condition
    operator: str
    value: Value

    def where(self, viewer: Viewer = None) -> Q:
        """As `Expression.where`."""
        return self.condition.where(self.operator, self.value, viewer)

    def test(self, viewer: Viewer = None) -> Test:
        """As `Expression.test`."""
        return self.condition.test(self.operator, self.value, viewer)

    def stored(self) -> dict[str, Any]:
        """As `Expression.stored`."""
        return {"name": self.condition.name, "operator": self.operator, "value": self.value}

    def singles(self) -> Iterator["Single"]:
        """Itself."""
        yield self


@dataclass(frozen=True)
class _Joined(Expression):
    terms: tuple[Expression, ...]

    def singles(self) -> Iterator[Single]:
        """Those of its terms."""
        for term in self.terms:
            yield from term.singles()


class AllOf(_Joined):
    """Fits when each term does."""

    def where(self, viewer: Viewer = None) -> Q:
        """As `Expression.where`."""
        return Q(*(term.where(viewer) for term in self.terms))

    def test(self, viewer: Viewer = None) -> Test:
        """As `Expression.test`."""
        tests = [term.test(viewer) for term in self.terms]
        return lambda row: all(test(row) for test in tests)

    def stored(self) -> dict[str, Any]:
        """As `Expression.stored`."""
        return {"all": [term.stored() for term in self.terms]}


class AnyOf(_Joined):
    """Fits when one term does."""

    def where(self, viewer: Viewer = None) -> Q:
        """As `Expression.where`."""
        return Q(*(term.where(viewer) for term in self.terms), _connector=Q.OR)

    def test(self, viewer: Viewer = None) -> Test:
        """As `Expression.test`."""
        tests = [term.test(viewer) for term in self.terms]
        return lambda row: any(test(row) for test in tests)

    def stored(self) -> dict[str, Any]:
        """As `Expression.stored`."""
        return {"any": [term.stored() for term in self.terms]}


@dataclass(frozen=True)
class Not(Expression):
    """Fits when its term does not."""

    term: Expression

    def where(self, viewer: Viewer = None) -> Q:
        """As `Expression.where`."""
        return ~self.term.where(viewer)

    def test(self, viewer: Viewer = None) -> Test:
        """As `Expression.test`."""
        test = self.term.test(viewer)
        return lambda row: not test(row)

    def stored(self) -> dict[str, Any]:
        """As `Expression.stored`."""
        return {"not": self.term.stored()}

    def singles(self) -> Iterator[Single]:
        """Those of its term."""
        yield from self.term.singles()


def listed(found: Expression) -> list[dict[str, Any]]:
    """Its JSON as the list that views keep."""
    terms = found.terms if isinstance(found, AllOf) else (found,)
    return [term.stored() for term in terms]


def parse(given: object) -> Expression:
    """An expression from its JSON; raises BadCondition for what is none, has no condition or more
    than `MOST_CONDITIONS`, or is nested deeper than `DEEPEST`."""
    # A list is no level of its own: views keep what is not one as a list of one.
    found = _parsed({"all": given}, -1) if isinstance(given, list) else _parsed(given, 0)
    if not 0 < len(list(found.singles())) <= MOST_CONDITIONS:
        raise BadCondition(f"a filter has 1 to {MOST_CONDITIONS} conditions")
    return found


def _parsed(given: Any, depth: int) -> Expression:
    if depth > DEEPEST:
        raise BadCondition(f"conditions are nested {DEEPEST} deep at most")
    match given:
        case {"name": name, "operator": operator, "value": value} if len(given) == len(_KEYS):
            condition = get(name)
            return Single(condition, operator, condition.check(operator, value))
        case {"all": list(terms)} if len(given) == 1:
            return AllOf(_terms(terms, depth))
        case {"any": list(terms)} if len(given) == 1:
            return AnyOf(_terms(terms, depth))
        case {"not": term} if len(given) == 1:
            return Not(_parsed(term, depth + 1))
    raise BadCondition("a condition has name, operator and value, or joins others by all, any, not")


def _terms(given: list[Any], depth: int) -> tuple[Expression, ...]:
    if not 0 < len(given) <= MOST_CONDITIONS:
        raise BadCondition(f"a filter has 1 to {MOST_CONDITIONS} conditions")
    return tuple(_parsed(term, depth + 1) for term in given)
