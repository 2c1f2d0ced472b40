"""An index of words over a table of its own: FTS5 on SQLite, a tsvector with GIN on PostgreSQL.

Stems are made by us; the database only keeps and intersects them, so that both find the same.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from django.db import connection

from okno.kit.search import stems

# A key, and its stems as the database keeps them; None for what shall not be found any more.
Entry = tuple[int, Any]

# Prefixes of two to five letters are asked for at every key of a search as one types.
_FTS = (
    "fts5(stems, detail=none, columnsize=0, prefix='2 3 4 5',"
    " tokenize='unicode61 remove_diacritics 0')"
)
_KEYS = {"sqlite": "rowid"}
_PUT = {
    "sqlite": "INSERT OR REPLACE INTO {table} (rowid, stems) VALUES (%s, %s)",
    "postgresql": (
        "INSERT INTO {table} ({key}, stems) VALUES (%s, array_to_tsvector(%s))"
        " ON CONFLICT ({key}) DO UPDATE SET stems = excluded.stems"
    ),
}
_FIND = {
    "sqlite": "SELECT rowid FROM {table} WHERE {table} MATCH %s",
    "postgresql": "SELECT {key} FROM {table} WHERE stems @@ %s::tsquery",
}


class Index:
    """The words of one sort of thing, by its ids. Call what writes in a unit.

    `table` is its table, of no model; `key` its column of ids on PostgreSQL. Both stand in
    statements as they are.
    """

    def __init__(self, table: str, key: str) -> None:
        self.table, self.key = table, key

    def creation(self, vendor: str) -> list[str]:
        """The statements of a migration that make the table for a database `vendor`."""
        if vendor == "sqlite":
            return [f"CREATE VIRTUAL TABLE {self.table} USING {_FTS}"]
        return [
            f"CREATE TABLE {self.table} ({self.key} bigint PRIMARY KEY, stems tsvector NOT NULL)",
            f"CREATE INDEX {self.table}_stems ON {self.table} USING gin (stems)",
        ]

    def entry(self, key: int, text: str, marks: Iterable[str] = ()) -> Entry:
        """What `put` takes: the words of a thing, and marks that no word can look like."""
        return key, stems.stored(stems.kept(text, marks))

    def put(self, found: Sequence[Entry]) -> None:
        """Write the entries, each in the place of an older one."""
        with connection.cursor() as cursor:
            for key, value in found:
                if value is None:
                    cursor.execute(self._sql("DELETE FROM {table} WHERE {key} = %s"), [key])
                else:
                    cursor.execute(self._sql(_PUT[connection.vendor]), [key, value])

    def drop(self, keys: Iterable[int]) -> None:
        """Take things out; those that are not in are no error."""
        self.put([(key, None) for key in keys])

    def clear(self) -> None:
        """Empty the index."""
        with connection.cursor() as cursor:
            cursor.execute(self._sql("DELETE FROM {table}"))

    def having(self, expression: str, limit: int | None = None) -> list[int]:
        """Ids of what fits a `stems.expression`, highest first; `limit` of them at most."""
        asked = self._sql(_FIND[connection.vendor] + " ORDER BY {key} DESC")
        values: list[str | int] = [expression]
        if limit is not None:
            asked, values = f"{asked} LIMIT %s", [expression, limit]
        with connection.cursor() as cursor:
            cursor.execute(asked, values)
            return [row[0] for row in cursor.fetchall()]

    def _sql(self, statement: str) -> str:
        key = _KEYS.get(connection.vendor, self.key)
        return statement.format(table=self.table, key=key)
