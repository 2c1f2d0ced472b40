"""Runs the processes of one command as one: forked together, watched, stopped together.

One Python process has one lock for all its threads, so pages and the work behind them share no
core. They are forked from a parent that has everything imported and does nothing but watch.
"""

import logging
import os
import signal
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from django.db import connections

from okno.kit import siblings
from okno.spine import wake

# What `ps` and `top` show of a process, where the system has it.
PROCESS_NAME = Path("/proc/self/comm")
STOPPING = (signal.SIGTERM, signal.SIGINT)
WATCHED = (*STOPPING, signal.SIGCHLD)
# A part has eight seconds for itself (`run.HARD_EXIT_SECONDS`).
LONGEST_STOP_SECONDS = 9.0
# Killed more often than this, something is wrong that a new start does not mend.
MOST_DEATHS, DEATHS_SECONDS = 20, 60.0
log = logging.getLogger("okno")


@dataclass(eq=False)
class Part:
    """One process: what it runs until it is told to stop, and when it was killed last."""

    name: str
    run: Callable[[], int]
    pid: int = 0
    deaths: deque[float] = field(default_factory=lambda: deque(maxlen=MOST_DEATHS))

    def dies_too_often(self) -> bool:
        """Count a death; whether there were too many of them lately."""
        now = time.monotonic()
        self.deaths.append(now)
        return len(self.deaths) == MOST_DEATHS and now - self.deaths[0] < DEATHS_SECONDS


class Supervisor:
    """Keeps `parts` running: `(name, function)`, the function gives its process's exit code.

    Told to stop they may go on for `grace_seconds` before they have to end.
    """

    def __init__(
        self, parts: Sequence[tuple[str, Callable[[], int]]], grace_seconds: float = 0
    ) -> None:
        self._longest_stop_seconds = grace_seconds + LONGEST_STOP_SECONDS
        self._parts = [Part(name, run) for name, run in parts]
        self._circle = siblings.circle(len(parts))
        # The parts read it: it ends when the parent does, however that happens.
        self._alive, self._alive_end = os.pipe()

    def run(self) -> int:
        """Until SIGTERM or SIGINT, or until a part ends by itself, which stops them all; the exit
        code. A part that is killed is started again: what it left is taken over by its lease."""
        connections.close_all()
        signal.pthread_sigmask(signal.SIG_BLOCK, WATCHED)
        for part in self._parts:
            self._start(part)
        while True:
            if signal.sigwait(WATCHED) in STOPPING:
                return self._stop(0)
            for part, code in self._ended():
                if code >= 0:
                    return self._stop(code)
                log.error("%s was ended by signal %s, starting it again", part.name, -code)
                if part.dies_too_often():
                    log.error("%s is ended again and again, giving up", part.name)
                    return self._stop(1)
                self._start(part)

    def _start(self, part: Part) -> None:
        sys.stdout.flush()
        sys.stderr.flush()
        part.pid = os.fork()
        if part.pid == 0:
            code = 1
            try:
                self._be(part)
                code = part.run()
            except BaseException:
                traceback.print_exc()
            finally:
                sys.stdout.flush()
                sys.stderr.flush()
                os._exit(code)

    def _be(self, part: Part) -> None:
        """In the forked child: another process than its parent."""
        for number in STOPPING:
            # Until the part has its own way to stop, not what its parent did while it waited.
            signal.signal(number, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_UNBLOCK, WATCHED)
        os.close(self._alive_end)
        if PROCESS_NAME.exists():
            PROCESS_NAME.write_text(f"okno-{part.name}")
        threading.Thread(target=self._end_with_parent, name="parent", daemon=True).start()
        wake.join(self._circle[self._parts.index(part)])

    def _end_with_parent(self) -> None:
        os.read(self._alive, 1)
        os.kill(os.getpid(), signal.SIGTERM)

    def _ended(self) -> list[tuple[Part, int]]:
        """Parts that have ended, with their exit codes; minus the signal for a killed one."""
        found = []
        for part in self._parts:
            if part.pid:
                pid, status = os.waitpid(part.pid, os.WNOHANG)
                if pid:
                    part.pid = 0
                    found.append((part, os.waitstatus_to_exitcode(status)))
        return found

    def _stop(self, code: int) -> int:
        """End all parts, the slow ones by force; returns `code`."""
        until = time.monotonic() + self._longest_stop_seconds
        self._signal(signal.SIGTERM)
        while any(part.pid for part in self._parts) and time.monotonic() < until:
            signal.sigtimedwait([signal.SIGCHLD], max(0.0, until - time.monotonic()))
            self._ended()
        self._signal(signal.SIGKILL)
        return code

    def _signal(self, number: signal.Signals) -> None:
        for part in self._parts:
            if part.pid:
                os.kill(part.pid, number)
