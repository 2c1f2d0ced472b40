"""The bare floor of letters: aiosmtpd, and one INSERT and commit for each letter.

python -m bench.sink PORT DATABASE     (a file of SQLite, or a postgresql:// address)
"""

import sqlite3
import sys
import threading
from typing import Any

import psycopg
from aiosmtpd.controller import Controller

# As the product sets it: a commit survives loss of power.
_SQLITE = "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL"


class Sink:
    """Keeps each letter before it says 250."""

    def __init__(self, where: str) -> None:
        self._connection: Any
        if where.startswith("postgres"):
            self._connection = psycopg.connect(where, autocommit=True)
            self._connection.execute("CREATE TABLE letter (id bigserial PRIMARY KEY, body bytea)")
            self._insert = "INSERT INTO letter (body) VALUES (%s)"
        else:
            self._connection = sqlite3.connect(where, isolation_level=None, check_same_thread=False)
            self._connection.executescript(_SQLITE)
            self._connection.execute("CREATE TABLE letter (id INTEGER PRIMARY KEY, body BLOB)")
            self._insert = "INSERT INTO letter (body) VALUES (?)"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        self._connection.execute(self._insert, (envelope.original_content,))
        return "250 kept"


def main() -> None:
    """Serve until killed."""
    port, where = int(sys.argv[1]), sys.argv[2]
    Controller(Sink(where), hostname="127.0.0.1", port=port).start()
    print("ready", flush=True)
    threading.Event().wait()


if __name__ == "__main__":
    main()
