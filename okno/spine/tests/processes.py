"""Starts the race tests' processes and looks into their database from outside the product."""

import json
import os
import signal
import sqlite3
import subprocess
import time
from pathlib import Path
from typing import Any

import psycopg
from django.test import override_settings

from okno.spine.write_turn import WriteTurn
from tests.database import KIND
from tests.stands.installation import Installation
from tests.stands.processes import wait_until

IS_LONG = bool(os.environ.get("OKNO_TEST_LONG"))
ENGINE = KIND

_TABLES = (
    "CREATE TABLE test_seen (position {serial}, event_id bigint, subject bigint, writer bigint,"
    " number bigint)",
    "CREATE TABLE test_effect (position {serial}, what text, target bigint, process bigint)",
)


class Race:
    """One installation with the tables of the tests, and the processes started on it."""

    def __init__(self, installation: Installation) -> None:
        self.installation = installation
        serial = "INTEGER PRIMARY KEY AUTOINCREMENT"
        if installation.database_url:
            serial = "bigserial PRIMARY KEY"
        for table in _TABLES:
            self.sql(table.format(serial=serial))

    def sql(self, statement: str) -> list[tuple[Any, ...]]:
        """Run one statement on a connection of its own and commit; its rows."""
        if self.installation.database_url:
            with psycopg.connect(self.installation.database_url) as connection:
                found = connection.execute(statement)
                return found.fetchall() if found.description else []
        path = self.installation.data_dir / "okno.sqlite3"
        local = sqlite3.connect(path, timeout=20)
        try:
            with local:
                return local.execute(statement).fetchall()
        finally:
            local.close()

    def count(self, table: str) -> int:
        return int(self.sql(f"SELECT count(*) FROM {table}")[0][0])

    def start(self, program: str, *, settings: dict[str, str] | None = None, **arguments: Any):
        """Start a program of `programs.py`; it waits for `go`."""
        args = ["-m", "okno.spine.tests.child", program, json.dumps(arguments)]
        return self.installation.start(args, settings)

    def suspend(self, process: int) -> None:
        """Stop a process where it does not write: SQLite's one lock would stand still with it, as
        it does when the whole machine is suspended, and nobody could go on."""
        with override_settings(DATA_DIR=self.installation.data_dir), WriteTurn():
            os.kill(process, signal.SIGSTOP)
            state = Path(f"/proc/{process}/stat")
            wait_until(lambda: state.read_text().rpartition(")")[2].split()[0] == "T", 10, "a stop")

    def until(self, statement: str, seconds: float, what: str) -> float:
        """Wait until the first value of a query is true; the seconds it took."""
        began = time.monotonic()
        wait_until(lambda: bool(self.sql(statement)[0][0]), seconds, what)
        return time.monotonic() - began


def go(*children: "subprocess.Popen[str]") -> None:
    """Let them begin together, once all are ready."""
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("go\n")
        child.stdin.flush()


def finish(*children: "subprocess.Popen[str]", seconds: float = 300) -> list[str]:
    """Close their input, wait for their end, check that it was a good one; their outputs."""
    outputs = [child.communicate(timeout=seconds)[0] for child in children]
    assert [child.returncode for child in children] == [0] * len(children)
    return outputs


def lines(path: Path) -> list[list[str]]:
    """The lines of a `write_line` log: instant, process, words; in order of their instants."""
    if not path.exists():
        return []
    found = [line.split() for line in path.read_text().splitlines()]
    return sorted(found, key=lambda words: int(words[0]))
