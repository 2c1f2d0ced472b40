"""Quick single-row writes for the hot path: the ORM's conversions without its machinery."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, TypeVar

from django.db import DEFAULT_DB_ALIAS, connection
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import (
    BooleanField,
    CharField,
    DateTimeField,
    Field,
    ForeignKey,
    IntegerField,
    Model,
    TextField,
)

from okno.spine.units import current

M = TypeVar("M", bound=Model)
# A counter's next value, whatever it is now.
NEXT: Final = object()
_Convert = Callable[[Any, BaseDatabaseWrapper], Any]
# Both drivers take these as they are.
_PLAIN = (BooleanField, CharField, ForeignKey, IntegerField, TextField)


@dataclass(frozen=True)
class _Plan:
    """How rows of one shape are inserted: the same fields given, the same left to defaults."""

    statement: str
    conversions: tuple[_Convert | None, ...]
    defaults: tuple[Callable[[BaseDatabaseWrapper], Any], ...]


@lru_cache(maxsize=256)
def _plan(model: type[Model], vendor: str, names: tuple[str, ...], conflict: str) -> _Plan:
    left = {f.attname: f for f in model._meta.concrete_fields if not f.primary_key}
    if unknown := [name for name in names if name not in left]:
        raise TypeError(f"{model.__name__} has no {', '.join(unknown)}")
    given = [left.pop(name) for name in names]
    fixed = {name: text for name, f in left.items() if (text := _literal(f)) is not None}
    made = [f for name, f in left.items() if name not in fixed]
    quote = connection.ops.quote_name
    columns = [quote(str(f.column)) for f in (*given, *made, *(left[name] for name in fixed))]
    places = ["%s"] * (len(given) + len(made)) + list(fixed.values())
    key = model._meta.pk
    assert key is not None
    return _Plan(
        f"INSERT INTO {quote(model._meta.db_table)} ({', '.join(columns)})"
        f" VALUES ({', '.join(places)}) {conflict} RETURNING {quote(str(key.column))}",
        tuple(_conversion(f) for f in given),
        tuple(_default(f) for f in made),
    )


def _literal(field: "Field[Any, Any]") -> str | None:
    """A default that is the same for all rows, as SQL; None when it has to be a parameter."""
    if field.has_default() and callable(field.default):
        return None
    value = field.get_default()
    if value is None:
        return "NULL"
    if isinstance(value, int):
        return str(value).upper() if isinstance(value, bool) else str(int(value))
    return f"'{value}'" if value == "" or str(value).isalnum() else None


def _default(field: "Field[Any, Any]") -> Callable[[BaseDatabaseWrapper], Any]:
    make, convert = field.get_default, _conversion(field)
    return lambda here: make() if convert is None else convert(make(), here)


def _conversion(field: "Field[Any, Any]") -> _Convert | None:
    if isinstance(field, DateTimeField):
        return lambda value, here: here.ops.adapt_datetimefield_value(value)
    if isinstance(field, _PLAIN):
        return None
    return field.get_db_prep_save


def insert(model: type[Model], **values: Any) -> int:
    """Insert one row in the open unit and return its key; fields not given take their defaults.

    Foreign keys are given as `name_id`. Raises TypeError for a name the model has not, NotInUnit.
    """
    made = _insert(model, values)
    assert made is not None
    return made


def _insert(model: type[Model], values: dict[str, Any], conflict: str = "") -> int | None:
    cursor = current().cursor
    here = cursor.db
    plan = _plan(model, here.vendor, tuple(values), conflict)
    row = [
        value if convert is None else convert(value, here)
        for convert, value in zip(plan.conversions, values.values(), strict=True)
    ]
    row += [make(here) for make in plan.defaults]
    cursor.execute(plan.statement, row)
    found = cursor.fetchone()
    return int(found[0]) if found else None


def insert_new(model: type[Model], unique: tuple[str, ...], **values: Any) -> int | None:
    """`insert`, unless there is a row with these `unique` values already: then None. Two at once:
    the database lets one in, and the other waits for its commit."""
    quote = connection.ops.quote_name
    names = {f.attname: quote(str(f.column)) for f in model._meta.concrete_fields}
    conflict = f"ON CONFLICT ({', '.join(names[name] for name in unique)}) DO NOTHING"
    return _insert(model, values, conflict)


def create(model: type[M], **values: Any) -> M:
    """`insert`, and the object of the new row."""
    made = model(**values)
    made.pk = insert(model, **values)
    made._state.adding, made._state.db = False, DEFAULT_DB_ALIAS
    return made


@lru_cache(maxsize=256)
def _changes(model: type[Model], names: tuple[str, ...]) -> tuple[str, tuple[_Convert | None, ...]]:
    fields = {f.attname: f for f in model._meta.concrete_fields}
    if unknown := [name for name in names if name.strip("+") not in fields]:
        raise TypeError(f"{model.__name__} has no {', '.join(unknown)}")
    quote = connection.ops.quote_name
    columns = {name: quote(str(fields[name.strip("+")].column)) for name in names}
    sets = [f"{c} = {c} + 1" if n.endswith("+") else f"{c} = %s" for n, c in columns.items()]
    key = model._meta.pk
    assert key is not None
    return (
        f"UPDATE {quote(model._meta.db_table)} SET {', '.join(sets)}"
        f" WHERE {quote(str(key.column))} = %s",
        tuple(_conversion(fields[name]) for name in names if not name.endswith("+")),
    )


def update(model: type[Model], pk: int, **values: Any) -> None:
    """Change one row in the open unit; a field that is given NEXT is raised by one.

    Foreign keys are given as `name_id`. Raises TypeError for a name the model has not, NotInUnit.
    """
    cursor = current().cursor
    names = tuple(f"{name}+" if value is NEXT else name for name, value in values.items())
    statement, conversions = _changes(model, names)
    given = [value for value in values.values() if value is not NEXT]
    row = [
        value if convert is None else convert(value, cursor.db)
        for convert, value in zip(conversions, given, strict=True)
    ]
    cursor.execute(statement, [*row, pk])
