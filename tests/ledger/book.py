"""The ledger: what was attempted and what was acknowledged, on disk before anything goes on."""

import hashlib
import json
import os
import threading
import time
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Self


@dataclass
class Entry:
    """One item: a letter (doors smtp, imap, pipe) or a reply (door api).

    `sha256` are the bytes at the door, `files` those of its attachments. `acknowledged_at` is in
    seconds since 1970, None when no acknowledgement came.
    """

    item: str
    door: str
    sha256: str
    files: list[str] = field(default_factory=list)
    attempts: int = 0
    acknowledged_at: float | None = None

    @property
    def is_reply(self) -> bool:
        return self.door == "api"


class Ledger:
    """Lines of JSON in `path`, each on disk when the call returns."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._lock = threading.Lock()
        self._file: IO[str] = path.open("a", encoding="utf-8")
        self._entries: dict[str, Entry] = {}

    def attempted(self, item: str, door: str, body: bytes, files: tuple[bytes, ...] = ()) -> None:
        """Call it before an item is handed over."""
        with self._lock:
            hashes = [hashlib.sha256(data).hexdigest() for data in files]
            fresh = Entry(item, door, hashlib.sha256(body).hexdigest(), hashes)
            entry = self._entries.setdefault(item, fresh)
            entry.attempts += 1
            self._write("attempted", item=item, door=door, sha256=entry.sha256, files=hashes)

    def acknowledged(self, item: str) -> None:
        """Call it when the product said that the item is its own now."""
        with self._lock:
            self._entries[item].acknowledged_at = time.time()
            self._write("acknowledged", item=item)

    def _write(self, what: str, **values: Any) -> None:
        self._file.write(json.dumps({"what": what, "at": time.time(), **values}) + "\n")
        self._file.flush()
        os.fsync(self._file.fileno())

    @property
    def entries(self) -> dict[str, Entry]:
        """A copy of what is known now, by item."""
        with self._lock:
            return dict(self._entries)

    def acknowledged_items(self, *, replies: bool | None = None) -> list[Entry]:
        """Entries that were acknowledged; of letters or replies only, when asked."""
        found = [e for e in self.entries.values() if e.acknowledged_at is not None]
        return [e for e in found if replies is None or e.is_reply == replies]

    def doors(self) -> dict[str, int]:
        """How many items were acknowledged at each door."""
        return dict(Counter(e.door for e in self.acknowledged_items()))

    def close(self) -> None:
        self._file.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
