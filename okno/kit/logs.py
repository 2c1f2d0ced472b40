"""Records of the log: no words of anybody, no secret of an address, no line a thousand times.

LOGGING["filters"] = {"calm": {"()": "okno.kit.logs.Calm"}}
logging.setLogRecordFactory(Record)
"""

import logging
import re
import threading
import time
from typing import Any

from django.core.exceptions import BadRequest, SuspiciousOperation

from okno.kit.failures import name_of, told

LONGEST = 500
# So many lines alike within so many seconds; a flood would fill the disk.
MOST_ALIKE = 10
SECONDS = 10.0
MOST_KINDS = 1_000
# Refused for what the sender did: nobody here has to look for the place in code.
_THEIRS = (SuspiciousOperation, BadRequest)
# What opens something by itself, wherever it stands in an address.
_SECRET = re.compile(
    r"(/(?:recovery|invitation)/|/request/\d+/|/form/[^/\s]+/sent/|\bokno_|[?&](?:key|token)=)"
    r"[^/\s?&'\"]+"
)
_CONTROL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
# Behind these asyncio shows objects, and with them the words of their exceptions.
_OBJECTS = re.compile(r"[\n<(].*", re.DOTALL)


class Record(logging.LogRecord):
    """A record that holds no exception any more, only what may be told of it."""

    def __init__(self, *args: Any, **more: Any) -> None:
        super().__init__(*args, **more)
        error = self.exc_info[1] if self.exc_info else None
        self.exc_info = None
        if isinstance(error, _THEIRS):
            self.msg, self.args = name_of(error), ()
        elif error is not None:
            self.exc_text = told(error)
        if isinstance(self.args, tuple):
            self.args = tuple(name_of(a) if isinstance(a, BaseException) else a for a in self.args)
        if self.name == "asyncio":
            self.msg = _OBJECTS.sub("", str(self.msg))

    def getMessage(self) -> str:
        """One line, not too long, without what opens something."""
        text = _CONTROL.sub(" ", _SECRET.sub(r"\1...", super().getMessage()))
        return text if len(text) <= LONGEST else text[:LONGEST] + "..."


class Calm(logging.Filter):
    """Lets the first of many records alike pass, and tells how many it has left out."""

    def __init__(self) -> None:
        super().__init__()
        self._lock = threading.Lock()
        self._counts: dict[tuple[str, int, str, str], tuple[float, int]] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Whether the record is written."""
        kind = (record.exc_text or "").rpartition("\n")[2]
        count, left_out = self._count((record.name, record.levelno, str(record.msg), kind))
        if left_out:
            record.msg = f"{record.msg} ({left_out} more like it were left out)"
        elif count == MOST_ALIKE:
            record.msg = f"{record.msg} (more like it are left out for a while)"
        return count <= MOST_ALIKE

    def _count(self, kind: tuple[str, int, str, str]) -> tuple[int, int]:
        """How many of a kind there are within its time, and how many of its last were left out."""
        now, left_out = time.monotonic(), 0
        with self._lock:
            if len(self._counts) > MOST_KINDS:
                self._counts.clear()
            since, count = self._counts.get(kind, (now, 0))
            if now - since > SECONDS:
                left_out, since, count = max(0, count - MOST_ALIKE), now, 0
            self._counts[kind] = since, count + 1
        return count + 1, left_out
