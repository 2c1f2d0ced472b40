"""Whose turn it is to write. SQLite has one writer; a queue for it is fairer than its busy loop.

The turn goes round the threads of this process and the processes of this data folder.
"""

import fcntl
import os
import threading
import time

from django.conf import settings

# Bytes of the lock file, as POSIX locks name them: who writes, and who is next.
_WRITES, _NEXT = 0, 1
# After this a process tries its luck with SQLite's own lock without a turn: whoever is before it
# may stand still (a suspended process), and would be waited for without end.
LONGEST_NEXT_SECONDS, LONGEST_TURN_SECONDS = 1.0, 10.0
SHORTEST_PAUSE, LONGEST_PAUSE = 0.00005, 0.001


class WriteTurn:
    """A lock won in the order of asking, and entered again by who holds it.

    A plain one goes to the thread that just released it and asks at once: a busy reader of the log
    kept the letter door waiting for seconds. So whoever waits next holds a second lock, and the
    one who leaves cannot come back first.

    Between processes the same two are locks on bytes of a file. They belong to the process, so they
    go with it however it ends, and a child made by fork does not hold its parent's. They are asked
    for again and again, not waited for: the system would give a lock that is waited for to a
    process that stands still.
    """

    def __init__(self) -> None:
        self._next, self._writes = threading.Lock(), threading.Lock()
        self._owner, self._depth = 0, 0
        # Never closed: closing any handle of a file gives all of the process's locks on it away.
        self._file = -1

    def __enter__(self) -> None:
        me = threading.get_ident()
        if self._owner != me:
            with self._next:
                self._writes.acquire()
            try:
                self._take_file()
            except BaseException:
                self._writes.release()
                raise
            self._owner = me
        self._depth += 1

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        if not self._depth:
            self._owner = 0
            self._unlock(_WRITES)
            self._writes.release()

    def _take_file(self) -> None:
        if self._file < 0:
            path = settings.DATA_DIR / "write.lock"
            self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        self._lock(_NEXT, LONGEST_NEXT_SECONDS)
        try:
            self._lock(_WRITES, LONGEST_TURN_SECONDS)
        finally:
            self._unlock(_NEXT)

    def _lock(self, byte: int, seconds: float) -> None:
        """Get the lock on a byte, or go on without it after so many seconds."""
        begun = time.monotonic()
        while True:
            try:
                fcntl.lockf(self._file, fcntl.LOCK_EX | fcntl.LOCK_NB, 1, byte)
                return
            except BlockingIOError:
                waited = time.monotonic() - begun
            if waited > seconds:
                return
            # A turn takes a millisecond or two: a free one is noticed within an eighth of the wait.
            time.sleep(min(max(SHORTEST_PAUSE, waited / 8), LONGEST_PAUSE))

    def _unlock(self, byte: int) -> None:
        fcntl.lockf(self._file, fcntl.LOCK_UN, 1, byte)
