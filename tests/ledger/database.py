"""Looks straight into the product's database, without the product."""

import sqlite3
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import psycopg


class Database:
    """Read-only questions to the database of an installation; a connection for each."""

    def __init__(self, folder: Path, url: str = "") -> None:
        self.folder, self.url = folder, url

    def rows(self, question: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """The answer to one SELECT, with %s for values."""
        if self.url:
            with psycopg.connect(self.url, autocommit=True) as connection:
                return connection.execute(question, values).fetchall()  # type: ignore[arg-type]
        return ask_sqlite(self.folder / "okno.sqlite3", question, values)

    def count(self, question: str, values: Sequence[Any] = ()) -> int:
        """The one number that a SELECT answers."""
        return int(self.rows(question, values)[0][0])


def ask_sqlite(path: Path, question: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """The same of a database file."""
    connection = sqlite3.connect(path, timeout=20)
    try:
        connection.execute("PRAGMA query_only=ON")
        return connection.execute(question.replace("%s", "?"), values).fetchall()
    finally:
        connection.close()
