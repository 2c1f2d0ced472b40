"""Boards: what holds for some seconds and is never stored, the same in every process.

Who types and who looks belongs here: it is in memory, wiped by itself, and in no log. It passes
between processes by NOTIFY, or between siblings on SQLite by their sockets; both keep nothing.
"""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.db import connection

from okno.kit.registry import Registry
from okno.spine import wake

CHANNEL = "okno_boards"
# NOTIFY takes less than 8000 bytes.
LONGEST_BYTES = 7_800
# So that nobody fills the memory with lines under invented names.
MOST_LINES = 50
UNSWEPT_SECONDS = 30
Listener = Callable[[int], None]
_swept_at = 0.0


@dataclass(frozen=True)
class _Line:
    value: Any
    until: float


class Board:
    """Lines by subject and author, each wiped `seconds` after it was last written."""

    def __init__(self, name: str, seconds: float) -> None:
        self.name = name
        self.seconds = seconds
        self._lines: dict[int, dict[str, _Line]] = {}
        self._listeners: set[Listener] = set()
        self._lock = threading.Lock()
        boards.add(name, self)

    def write(self, subject: int, author: str, value: Any) -> None:
        """Put or renew a line here and in the other processes; `value` is fit for JSON, and None
        wipes the line. Asks the database, so not in an event loop."""
        self.take(subject, author, value)
        note = [wake.me(), self.name, subject, author, value]
        text = json.dumps(note, ensure_ascii=False, separators=(",", ":"))
        if len(text.encode()) > LONGEST_BYTES:
            return
        if connection.vendor == "postgresql":
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, text])
        else:
            wake.tell_siblings(CHANNEL, text)

    def take(self, subject: int, author: str, value: Any) -> None:
        """Put or renew a line in this process only."""
        with self._lock:
            here = self._lines.setdefault(subject, {})
            before = here.pop(author, None)
            if value is not None and len(here) < MOST_LINES:
                here[author] = _Line(value, time.monotonic() + self.seconds)
            if not here:
                del self._lines[subject]
            is_news = (before.value if before else None) != value
        if is_news:
            self._tell(subject)

    def read(self, subject: int) -> dict[str, Any]:
        """What stands there now, by author."""
        now = time.monotonic()
        with self._lock:
            here = self._lines.get(subject, {})
            return {who: line.value for who, line in here.items() if line.until > now}

    def subjects(self) -> list[int]:
        """The subjects of which something stands there now, the lowest first."""
        now = time.monotonic()
        with self._lock:
            return sorted(
                subject
                for subject, here in self._lines.items()
                if any(line.until > now for line in here.values())
            )

    def listen(self, tell: Listener) -> Callable[[], None]:
        """Call `tell` with a subject at each change, from any thread; returns the end."""
        with self._lock:
            self._listeners.add(tell)

        def end() -> None:
            with self._lock:
                self._listeners.discard(tell)

        return end

    def sweep(self) -> None:
        """Wipe what is past its time, and tell so."""
        now = time.monotonic()
        with self._lock:
            late = [
                s for s, here in self._lines.items() if any(i.until <= now for i in here.values())
            ]
            for subject in late:
                kept = {w: i for w, i in self._lines.pop(subject).items() if i.until > now}
                if kept:
                    self._lines[subject] = kept
        for subject in late:
            self._tell(subject)

    def _tell(self, subject: int) -> None:
        with self._lock:
            listeners = list(self._listeners)
        for tell in listeners:
            tell(subject)


boards: Registry[Board] = Registry("board")


def sweep() -> None:
    """Wipe all boards; called about once a second by the process that serves pages."""
    global _swept_at
    _swept_at = time.monotonic()
    for board in boards:
        board.sweep()


def _heard(text: str) -> None:
    """A line that another process wrote."""
    where, name, subject, author, value = json.loads(text)
    if where != wake.me() and name in boards:
        boards.get(name).take(subject, author, value)
    # A process without pages hears too, and nobody sweeps there.
    if time.monotonic() - _swept_at > UNSWEPT_SECONDS:
        sweep()


wake.hear(CHANNEL, _heard)
