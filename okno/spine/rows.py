"""Quick reads for the hot path: the ORM's objects, from a statement that is made only once.

The ORM builds the text of a query anew each time, which costs more than the query.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.models import ForeignKey, Model

from okno.spine.columns import Conversions, conversions

M = TypeVar("M", bound=Model)
V = TypeVar("V")
# SQLite takes 32,766 parameters in one statement.
PORTION = 1_000


@dataclass(frozen=True)
class _Part:
    """One table of the statement: the attributes of its row, and where in the row they stand."""

    model: type[Model]
    link: str
    names: tuple[str, ...]
    start: int
    conversions: Conversions

    def read(self, row: tuple[Any, ...]) -> Any:
        """The object, or None where an outer join found nothing."""
        values = list(row[self.start : self.start + len(self.names)])
        if self.link and values[0] is None:
            return None
        for place, convert in self.conversions:
            values[place] = convert(values[place])
        return self.model.from_db(DEFAULT_DB_ALIAS, self.names, values)


@lru_cache(maxsize=256)
def _plan(
    model: type[Model],
    vendor: str,
    related: tuple[str, ...],
    asked: tuple[str, ...],
    lock: bool,
    limited: bool,
) -> tuple[str, tuple[_Part, ...]]:
    parts: list[_Part] = []
    columns: list[str] = []
    for link, table in (("", model), *_targets(model, related)):
        part, chosen = _part(table, link, len(columns))
        parts.append(part)
        columns += chosen
    text = _statement(model, columns, related, asked, limited)
    return text + (" FOR UPDATE OF o" if lock and vendor == "postgresql" else ""), tuple(parts)


def _targets(model: type[Model], related: tuple[str, ...]) -> Iterator[tuple[str, type[Model]]]:
    for link in related:
        table = model._meta.get_field(link).related_model
        assert isinstance(table, type)
        yield link, table


def _statement(
    model: type[Model],
    columns: list[str],
    related: tuple[str, ...],
    asked: tuple[str, ...],
    limited: bool,
) -> str:
    quote = connection.ops.quote_name
    own = model._meta
    joins: list[str] = []
    for link, table in _targets(model, related):
        field = own.get_field(link)
        assert isinstance(field, ForeignKey)
        kind = "LEFT JOIN" if field.null else "JOIN"
        target = f"{quote(link)}.{quote(str(table._meta.pk.column))}"
        here = f"o.{quote(str(field.column))}"
        joins.append(f"{kind} {quote(table._meta.db_table)} {quote(link)} ON {target} = {here}")
    where = " AND ".join(_condition(model, name) for name in asked) or "TRUE"
    # An order that an index keeps tempts SQLite to walk all of a channel's rows by its foreign key
    # instead of looking up the few that are asked for; a plus sign tells it to sort those.
    sign = "+" if connection.vendor == "sqlite" and not limited else ""
    key = f"{sign}o.{quote(str(own.pk.column))}"
    return (
        f"SELECT {', '.join(columns)} FROM {quote(own.db_table)} o {' '.join(joins)}"
        f" WHERE {where} ORDER BY {key}"
    )


def _condition(model: type[Model], name: str) -> str:
    """SQL of one part of `_asked`: `name=`, `name>`, `name 8` for one of 8, `name` for NULL."""
    name, _, count = name.partition(" ")
    field: Any = model._meta.get_field(name.rstrip("=>"))
    column = f"o.{connection.ops.quote_name(str(field.column))}"
    if count:
        return f"{column} IN ({', '.join(['%s'] * int(count))})"
    return f"{column} {name[-1]} %s" if name[-1] in "=>" else f"{column} IS NULL"


def _asked(where: dict[str, Any]) -> tuple[tuple[str, ...], list[Any]]:
    """What is asked, as the plan's key, and its values."""
    asked: list[str] = []
    values: list[Any] = []
    for name, value in where.items():
        if name.endswith("__in"):
            # Filled up to a power of two, so that there are few statements.
            count = 1 << (len(value) - 1).bit_length()
            asked.append(f"{name.removesuffix('__in')} {count}")
            values += [*value, *[value[-1]] * (count - len(value))]
        elif name.endswith("__gt"):
            asked.append(f"{name.removesuffix('__gt')}>")
            values.append(value)
        elif value is None:
            asked.append(name)
        else:
            asked.append(f"{name}=")
            values.append(value)
    return tuple(asked), values


def _part(table: type[Model], link: str, start: int) -> tuple[_Part, list[str]]:
    quote = connection.ops.quote_name
    alias = quote(link) if link else "o"
    key = table._meta.pk
    fields = sorted(table._meta.concrete_fields, key=lambda field: field is not key)
    read = conversions(field.get_col(table._meta.db_table) for field in fields)
    names = tuple(field.attname for field in fields)
    columns = [f"{alias}.{quote(str(field.column))}" for field in fields]
    return _Part(table, link, names, start, read), columns


def read(
    model: type[M],
    related: tuple[str, ...] = (),
    *,
    lock: bool = False,
    limit: int | None = None,
    **where: Any,
) -> list[M]:
    """Rows of `model` whose columns have these values (None: are NULL), oldest first, with the
    objects that the foreign keys `related` point to. `lock` holds the rows until the unit ends;
    `limit` is for reads without one.

    Names are those of the columns' attributes: `agent_id=3`, one of at most some thousand (see
    `portions`) with `agent_id__in=`, greater with `id__gt=`. Raises FieldDoesNotExist.
    """
    if _asks_for_none(where):
        return []
    asked, values = _asked(where)
    text, parts = _plan(model, connection.vendor, related, asked, lock, limit is not None)
    if limit is not None:
        text, values = f"{text} LIMIT %s", [*values, limit]
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        rows = cursor.fetchall()
    found = []
    for row in rows:
        one = parts[0].read(row)
        for part in parts[1:]:
            setattr(one, part.link, part.read(row))
        found.append(one)
    return found


def portions(values: Iterable[V]) -> Iterator[list[V]]:
    """Values for `__in=`, as many at once as one statement takes well."""
    all_ = list(values)
    return (all_[start : start + PORTION] for start in range(0, len(all_), PORTION))


def _asks_for_none(where: dict[str, Any]) -> bool:
    return any(name.endswith("__in") and not value for name, value in where.items())


def one(
    model: type[M], related: tuple[str, ...] = (), *, lock: bool = False, **where: Any
) -> M | None:
    """The first of `read`, None when there is none."""
    return next(iter(read(model, related, lock=lock, **where)), None)


@lru_cache(maxsize=256)
def _flat_plan(
    model: type[Model],
    vendor: str,
    names: tuple[str, ...],
    asked: tuple[str, ...],
    limited: bool,
) -> tuple[str, Conversions]:
    quote = connection.ops.quote_name
    related = tuple(dict.fromkeys(name.partition(".")[0] for name in names if "." in name))
    tables = {"": model, **dict(_targets(model, related))}
    columns: list[str] = []
    expressions: list[Any] = []
    for name in names:
        link, _, own = name.rpartition(".")
        field: Any = tables[link]._meta.get_field(own)
        columns.append(f"{quote(link or 'o')}.{quote(str(field.column))}")
        expressions.append(field.get_col(tables[link]._meta.db_table))
    return _statement(model, columns, related, asked, limited), conversions(expressions)


def flat(
    model: type[Model], names: Sequence[str], *, limit: int | None = None, **where: Any
) -> list[tuple[Any, ...]]:
    """Columns `names` (of a foreign key's row: `contact.name`) of the rows that `read` finds."""
    if _asks_for_none(where):
        return []
    asked, values = _asked(where)
    text, read = _flat_plan(model, connection.vendor, tuple(names), asked, limit is not None)
    if limit is not None:
        text, values = f"{text} LIMIT %s", [*values, limit]
    with connection.cursor() as cursor:
        cursor.execute(text, values)
        rows = cursor.fetchall()
    return [_as_the_orm(row, read) for row in rows] if read else list(rows)


def _as_the_orm(row: tuple[Any, ...], read: Conversions) -> tuple[Any, ...]:
    values = list(row)
    for place, convert in read:
        values[place] = convert(values[place])
    return tuple(values)
