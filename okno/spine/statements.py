"""Query sets whose statement is made only once, for the hot path.

The ORM builds the text of a query anew each time, which costs more than the query. Here a function
makes the query set; its statement is kept under the function and what it was told, and only the
numbers are put in anew.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.core.exceptions import EmptyResultSet
from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Model, QuerySet
from django.utils import timezone

from okno.spine.columns import Conversions, conversions

# No id is like these: where they come out of the ORM, the numbers go in.
_FIRST_PLACE = -(2**52)
Ask = Callable[..., QuerySet[Any, Any]]


@dataclass(frozen=True)
class _Statement:
    """A statement with its parameters, some of which are places for numbers."""

    text: str
    parameters: tuple[Any, ...]
    places: tuple[tuple[int, int], ...]
    names: tuple[str, ...]
    conversions: Conversions
    model: type[Model]

    def run(self, numbers: tuple[int, ...]) -> list[list[Any]]:
        given = list(self.parameters)
        for at, number in self.places:
            given[at] = numbers[number]
        with connection.cursor() as cursor:
            cursor.execute(self.text, given)
            rows = [list(row) for row in cursor.fetchall()]
        for at, convert in self.conversions:
            for row in rows:
                row[at] = convert(row[at])
        return rows


def _made(ask: Ask, count: int) -> _Statement | None:
    """The statement of `ask` with `count` numbers; None when nothing can be found."""
    query = ask(*(_FIRST_PLACE - n for n in range(count))).query
    compiler = query.get_compiler(connection=connection)
    try:
        text, parameters = compiler.as_sql()
    except EmptyResultSet:
        return None
    places = [
        (at, _FIRST_PLACE - value)
        for at, value in enumerate(parameters)
        if isinstance(value, int) and _FIRST_PLACE - count < value <= _FIRST_PLACE
    ]
    model = query.get_meta().model
    names = tuple(query.selected or (field.attname for field in model._meta.concrete_fields))
    read = conversions(expression for expression, *_ in compiler.select)
    return _Statement(text, tuple(parameters), tuple(places), names, read, model)


@lru_cache(maxsize=512)
def _kept(ask: Ask, count: int, vendor: str, zone: str) -> _Statement | None:
    # The zone, because a date of an instant is another one elsewhere.
    return _made(ask, count)


def _statement(ask: Ask, count: int) -> _Statement | None:
    try:
        return _kept(ask, count, connection.vendor, timezone.get_current_timezone_name())
    except TypeError:
        # Asked with something that cannot be a key.
        return _made(ask, count)


def about(ask: Ask, column: str) -> tuple[str, tuple[Any, ...]]:
    """The statement of `ask(number)` about a column of another one, to stand in its brackets, and
    its parameters."""
    statement = _statement(ask, 1)
    if statement is None:
        return "SELECT 1 WHERE 1 = 0", ()
    ((place, _),) = statement.places
    parts = statement.text.split("%s")
    text = "%s".join(parts[: place + 1]) + column + "%s".join(parts[place + 1 :])
    return text, statement.parameters[:place] + statement.parameters[place + 1 :]


def filled(numbers: Sequence[int]) -> Sequence[int]:
    """The numbers, the last one repeated up to a power of two, so that there are few statements."""
    if not numbers:
        return numbers
    count = 1 << (len(numbers) - 1).bit_length()
    return [*numbers, *[numbers[-1]] * (count - len(numbers))]


def lists(ask: Ask, *numbers: int) -> list[list[Any]]:
    """The rows of a query set of values, as lists in the order of its columns.

    `ask(*numbers)` makes it. It must be the same for equal `ask`, whatever the numbers are: a
    function of a module, or a frozen dataclass that can be called.
    """
    statement = _statement(ask, len(numbers))
    return statement.run(numbers) if statement else []


def flat(ask: Ask, *numbers: int) -> list[dict[str, Any]]:
    """The same as dictionaries by the names of the columns."""
    statement = _statement(ask, len(numbers))
    if statement is None:
        return []
    names = statement.names
    return [dict(zip(names, row, strict=True)) for row in statement.run(numbers)]


def objects(ask: Ask, *numbers: int) -> list[Any]:
    """What a query set of whole objects, without related ones, finds."""
    statement = _statement(ask, len(numbers))
    if statement is None:
        return []
    made, names = statement.model.from_db, statement.names
    return [made(DEFAULT_DB_ALIAS, names, row) for row in statement.run(numbers)]
