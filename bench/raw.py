"""The bare floor: statements the product executed, executed again by the driver alone.

Ids match because both databases begin alike and see the same statements in the same order.
"""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from urllib.parse import urlsplit

import psycopg
from django.conf import settings
from django.db import connection

Statements = list[tuple[str, Any]]


@contextmanager
def recorded() -> Iterator[Statements]:
    """Everything the product executes meanwhile on this thread's connection."""
    seen: Statements = []

    def note(execute: Callable[..., Any], sql: str, params: Any, many: bool, context: Any) -> Any:
        if not sql.startswith(("BEGIN", "SAVEPOINT", "RELEASE")):
            seen.append((sql, params))
        return execute(sql, params, many, context)

    with connection.execute_wrapper(note):
        yield seen


class Floor:
    """One connection of the bare driver to `where`, set as the product sets its own."""

    def __init__(self, where: str) -> None:
        self._is_sqlite = not urlsplit(where).scheme.startswith("postgres")
        options = settings.DATABASES["default"]["OPTIONS"]
        self._connection: Any
        if self._is_sqlite:
            self._connection = sqlite3.connect(where, isolation_level=None, cached_statements=128)
            self._connection.executescript(options["init_command"])
        else:
            self._connection = psycopg.connect(where, autocommit=True, options=options["options"])

    def prepared(self, statements: Statements) -> Statements:
        """The statements as the driver wants them; not part of what is timed."""
        if not self._is_sqlite:
            return statements
        return [(sql.replace("%s", "?").replace("%%", "%"), p or ()) for sql, p in statements]

    def run(self, statements: Statements) -> None:
        """All of them in one transaction, rows fetched."""
        cursor = self._connection.cursor()
        cursor.execute("BEGIN IMMEDIATE" if self._is_sqlite else "BEGIN")
        for sql, params in statements:
            cursor.execute(sql, params)
            if cursor.description:
                cursor.fetchall()
        cursor.execute("COMMIT")

    def close(self) -> None:
        self._connection.close()
