"""Copies of SQLite's files taken while its writer stands still: what a loss of power leaves."""

import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.ledger.database import ask_sqlite

NAME = "okno.sqlite3"


@dataclass(frozen=True)
class Opened:
    """What a copy holds: hashes of letters and ids of events, in their order."""

    is_whole: bool
    letters: list[str]
    events: list[int]


@dataclass(frozen=True)
class Snapshot:
    """Database and write-ahead log as they were at one moment."""

    folder: Path

    @classmethod
    def take(cls, data: Path, folder: Path) -> Self:
        """Copy the files; nobody may write meanwhile."""
        folder.mkdir(parents=True)
        for suffix in ("", "-wal"):
            if (data / (NAME + suffix)).exists():
                shutil.copy(data / (NAME + suffix), folder)
        return cls(folder)

    def cut(self, part: float | None) -> Opened:
        """Open a copy whose log ends after `part` of its bytes (None: whole)."""
        work = self.folder / "opened"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        for path in self.folder.glob(NAME + "*"):
            shutil.copy(path, work)
        log = work / (NAME + "-wal")
        if part is not None and log.exists():
            with log.open("r+b") as file:
                file.truncate(int(log.stat().st_size * part))
        database = work / NAME
        return Opened(
            is_whole=ask_sqlite(database, "PRAGMA integrity_check") == [("ok",)],
            letters=[r[0] for r in ask_sqlite(
                database, "SELECT sha256 FROM channels_inbound ORDER BY id")],
            events=[r[0] for r in ask_sqlite(database, "SELECT id FROM spine_event ORDER BY id")],
        )  # fmt: skip
