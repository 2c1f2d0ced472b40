"""Quick single-row inserts for the hot path: the ORM's conversions without its machinery."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from django.db import connection
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
def _plan(model: type[Model], vendor: str, names: tuple[str, ...]) -> _Plan:
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
        f" VALUES ({', '.join(places)}) RETURNING {quote(str(key.column))}",
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
    cursor = current().cursor
    here = cursor.db
    plan = _plan(model, here.vendor, tuple(values))
    row = [
        value if convert is None else convert(value, here)
        for convert, value in zip(plan.conversions, values.values(), strict=True)
    ]
    row += [make(here) for make in plan.defaults]
    cursor.execute(plan.statement, row)
    return int(cursor.fetchone()[0])
