"""Quick reads for the hot path: the ORM's objects, from a statement that is made only once.

The ORM builds the text of a query anew each time, which costs more than the query.
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache, partial
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import Field, ForeignKey, Model

M = TypeVar("M", bound=Model)
_Convert = Callable[[Any], Any]


@dataclass(frozen=True)
class _Part:
    """One table of the statement: the attributes of its row, and where in the row they stand."""

    model: type[Model]
    link: str
    names: tuple[str, ...]
    start: int
    conversions: tuple[tuple[int, _Convert], ...]

    def read(self, row: tuple[Any, ...]) -> Any:
        """The object, or None where an outer join found nothing."""
        values = list(row[self.start : self.start + len(self.names)])
        if self.link and values[0] is None:
            return None
        for place, convert in self.conversions:
            values[place] = convert(values[place])
        return self.model.from_db(DEFAULT_DB_ALIAS, self.names, values)


@lru_cache(maxsize=128)
def _plan(
    model: type[Model], vendor: str, related: tuple[str, ...], asked: tuple[str, ...], lock: bool
) -> tuple[str, tuple[_Part, ...]]:
    quote = connection.ops.quote_name
    own = model._meta
    parts: list[_Part] = []
    columns: list[str] = []
    joins: list[str] = []
    for link in ("", *related):
        field = own.get_field(link) if link else None
        table = model if field is None else field.related_model
        assert isinstance(table, type)
        part, chosen = _part(table, link, len(columns))
        parts.append(part)
        columns += chosen
        if isinstance(field, ForeignKey):
            kind = "LEFT JOIN" if field.null else "JOIN"
            target = f"{quote(link)}.{quote(str(table._meta.pk.column))}"
            here = f"o.{quote(str(field.column))}"
            joins.append(f"{kind} {quote(table._meta.db_table)} {quote(link)} ON {target} = {here}")
    where = [_condition(own.get_field(name.removesuffix("=")), name) for name in asked]
    pk = quote(str(own.pk.column))
    text = (
        f"SELECT {', '.join(columns)} FROM {quote(own.db_table)} o {' '.join(joins)}"
        f" WHERE {' AND '.join(where)} ORDER BY o.{pk}"
    )
    return text + (" FOR UPDATE OF o" if lock and vendor == "postgresql" else ""), tuple(parts)


def _condition(field: Any, name: str) -> str:
    column = f"o.{connection.ops.quote_name(str(field.column))}"
    return f"{column} = %s" if name.endswith("=") else f"{column} IS NULL"


def _part(table: type[Model], link: str, start: int) -> tuple[_Part, list[str]]:
    quote = connection.ops.quote_name
    alias = quote(link) if link else "o"
    key = table._meta.pk
    fields = sorted(table._meta.concrete_fields, key=lambda field: field is not key)
    conversions = [(n, c) for n, f in enumerate(fields) for c in _conversions(table, f)]
    names = tuple(field.attname for field in fields)
    columns = [f"{alias}.{quote(str(field.column))}" for field in fields]
    return _Part(table, link, names, start, tuple(conversions)), columns


def _conversions(table: type[Model], field: "Field[Any, Any]") -> list[_Convert]:
    """What the ORM does with a value of this column, in its order."""
    column = field.get_col(table._meta.db_table)
    made = (*connection.ops.get_db_converters(column), *column.get_db_converters(connection))
    return [partial(_converted, convert, column) for convert in made]


def _converted(convert: Callable[..., Any], column: Any, value: Any) -> Any:
    return convert(value, column, connection)


def read(
    model: type[M], related: tuple[str, ...] = (), *, lock: bool = False, **where: Any
) -> list[M]:
    """Rows of `model` whose columns have these values (None: are NULL), oldest first, with the
    objects that the foreign keys `related` point to. `lock` holds the rows until the unit ends.

    Names are those of the columns' attributes: `agent_id=3`. Raises FieldDoesNotExist.
    """
    asked = tuple(name if value is None else f"{name}=" for name, value in where.items())
    text, parts = _plan(model, connection.vendor, related, asked, lock)
    with connection.cursor() as cursor:
        cursor.execute(text, [value for value in where.values() if value is not None])
        rows = cursor.fetchall()
    found = []
    for row in rows:
        one = parts[0].read(row)
        for part in parts[1:]:
            setattr(one, part.link, part.read(row))
        found.append(one)
    return found


def one(
    model: type[M], related: tuple[str, ...] = (), *, lock: bool = False, **where: Any
) -> M | None:
    """The first of `read`, None when there is none."""
    return next(iter(read(model, related, lock=lock, **where)), None)
