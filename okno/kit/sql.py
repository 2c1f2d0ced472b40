"""Quick single-row inserts for the hot path: the ORM's field conversion without its machinery."""

from functools import lru_cache
from typing import Any

from django.db import connection
from django.db.models import Model


@lru_cache(maxsize=64)
def _plan(model: type[Model], vendor: str) -> tuple[str, list[Any]]:
    fields = [f for f in model._meta.concrete_fields if not f.primary_key]
    names = ", ".join(connection.ops.quote_name(str(f.column)) for f in fields)
    places = ", ".join(["%s"] * len(fields))
    key = model._meta.pk
    assert key is not None
    table = connection.ops.quote_name(model._meta.db_table)
    return f"INSERT INTO {table} ({names}) VALUES ({places}) RETURNING {key.column}", fields


def insert(model: type[Model], **values: Any) -> int:
    """Insert one row and return its key; fields not given take the model's defaults.

    Foreign keys are given as `name_id`. Raises TypeError for a name the model has not.
    """
    statement, fields = _plan(model, connection.vendor)
    row = [
        field.get_db_prep_save(
            values.pop(field.attname) if field.attname in values else field.get_default(),
            connection,
        )
        for field in fields
    ]
    if values:
        raise TypeError(f"{model.__name__} has no {', '.join(values)}")
    with connection.cursor() as cursor:
        cursor.execute(statement, row)
        return int(cursor.fetchone()[0])
