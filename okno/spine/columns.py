"""What the ORM does with a value that comes out of a column, for reads that go round it."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from functools import partial
from typing import Any

from django.db import connection

Convert = Callable[[Any], Any]
Conversions = tuple[tuple[int, Convert], ...]


def conversions(columns: Iterable[Any]) -> Conversions:
    """(place, conversion) of those columns of a statement whose values need one, in the ORM's
    order; `columns` are its expressions."""
    return tuple((n, one) for n, column in enumerate(columns) for one in _of(column))


def _of(column: Any) -> list[Convert]:
    made = (*connection.ops.get_db_converters(column), *column.get_db_converters(connection))
    return [
        _quick.get(convert.__name__) or partial(_converted, convert, column) for convert in made
    ]


def _converted(convert: Callable[..., Any], column: Any, value: Any) -> Any:
    return convert(value, column, connection)


def _instant(value: datetime | str | None) -> datetime | None:
    """SQLite's instant, which has no zone; a text where it was reckoned. The ORM asks three
    questions of each first."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    return None if value is None else value.replace(tzinfo=UTC)


_quick: dict[str, Convert] = {"convert_datetimefield_value": _instant}
