"""Whose turn it is to write. SQLite has one writer; a queue for it is fairer than its busy loop.

The turn goes round the threads of this process and the processes of this data folder.
"""

import fcntl
import os
import threading

from django.conf import settings

# Bytes of the lock file, as POSIX locks name them: who writes, and who is next.
_WRITES, _NEXT = 0, 1


class WriteTurn:
    """A lock won in the order of asking, and entered again by who holds it.

    A plain one goes to the thread that just released it and asks at once: a busy reader of the log
    kept the letter door waiting for seconds. So whoever waits next holds a second lock, and the
    one who leaves cannot come back first.

    Between processes the same two are locks on bytes of a file. They belong to the process, so they
    go with it however it ends, and a child made by fork does not hold its parent's.
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
            self._lock_file()
            self._owner = me
        self._depth += 1

    def __exit__(self, *_: object) -> None:
        self._depth -= 1
        if not self._depth:
            self._owner = 0
            fcntl.lockf(self._file, fcntl.LOCK_UN, 1, _WRITES)
            self._writes.release()

    def _lock_file(self) -> None:
        try:
            if self._file < 0:
                path = settings.DATA_DIR / "write.lock"
                self._file = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
            fcntl.lockf(self._file, fcntl.LOCK_EX, 1, _NEXT)
            try:
                fcntl.lockf(self._file, fcntl.LOCK_EX, 1, _WRITES)
            finally:
                fcntl.lockf(self._file, fcntl.LOCK_UN, 1, _NEXT)
        except BaseException:
            self._writes.release()
            raise
