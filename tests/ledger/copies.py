"""Copies of SQLite's files taken while its writer stands still: what a loss of power leaves."""

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from tests.ledger.database import ask_sqlite

NAME = "okno.sqlite3"
WAL_HEADER, FRAME_HEADER, PAGE = 32, 24, 4096


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
        for suffix in ("", "-wal", "-shm"):
            if (data / (NAME + suffix)).exists():
                shutil.copy(data / (NAME + suffix), folder)
        return cls(folder)

    def _synced(self) -> int:
        """Bytes of the log that no loss of power can take: a checkpoint syncs the log before it
        moves frames into the database (SQLite file format, 4.3; `nBackfill` stands at byte 96 of
        the index)."""
        index = self.folder / (NAME + "-shm")
        if not index.exists():
            return 0
        moved = int.from_bytes(index.read_bytes()[96:100], sys.byteorder)
        return WAL_HEADER + moved * (FRAME_HEADER + PAGE) if moved else 0

    def cut(self, part: float | None) -> Opened:
        """Open a copy whose log ends after `part` of its bytes (None: whole), but not before what
        was synced for a checkpoint."""
        work = self.folder / "opened"
        shutil.rmtree(work, ignore_errors=True)
        work.mkdir()
        for suffix in ("", "-wal"):
            if (self.folder / (NAME + suffix)).exists():
                shutil.copy(self.folder / (NAME + suffix), work)
        log = work / (NAME + "-wal")
        if part is not None and log.exists():
            with log.open("r+b") as file:
                file.truncate(max(self._synced(), int(log.stat().st_size * part)))
        database = work / NAME
        return Opened(
            is_whole=ask_sqlite(database, "PRAGMA integrity_check") == [("ok",)],
            letters=[r[0] for r in ask_sqlite(
                database, "SELECT sha256 FROM channels_inbound ORDER BY id")],
            events=[r[0] for r in ask_sqlite(database, "SELECT id FROM spine_event ORDER BY id")],
        )  # fmt: skip
