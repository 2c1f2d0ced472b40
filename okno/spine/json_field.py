"""A column of JSON whose words open everywhere, whatever was stored in it."""

from typing import Any

from django.db import models

from okno.kit.unicode import clean_all

# How half of a surrogate pair and NUL are written in the text of JSON: SQLite keeps them there.
_SUSPECT = ("\\ud", "\\u0000")


class JSONField(models.JSONField):
    """Django's, with clean Unicode on the way in and out. Migrations know Django's only."""

    def deconstruct(self) -> Any:
        name, _, args, kwargs = super().deconstruct()
        return name, "django.db.models.JSONField", args, kwargs

    def get_prep_value(self, value: Any) -> Any:
        return super().get_prep_value(clean_all(value))

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        found = super().from_db_value(value, expression, connection)
        is_suspect = isinstance(value, str) and any(mark in value for mark in _SUSPECT)
        return clean_all(found) if is_suspect else found
