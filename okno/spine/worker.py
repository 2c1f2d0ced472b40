"""The threads that read the log, run jobs and watch the clock, in one process."""

import logging
import threading
from collections.abc import Callable

from django.conf import settings
from django.db import connections

from okno.spine import queue, reading, schedules, wake

log = logging.getLogger(__name__)
LONGEST_WAIT = 1.0


class Worker:
    """Start with `start`, end with `stop`; what is cut off is taken over by its lease."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.running = queue.Running()
        self._threads: list[threading.Thread] = []

    def start(self) -> None:
        """Begin all loops."""
        self._thread("bell", lambda: wake.listen(self.stopping))
        self._loop("readers", reading.read_once)
        self._loop("timers", schedules.fire_due)
        self._loop("local-jobs", lambda: self._work(local=True, limit=20))
        for number in range(settings.ENV["OKNO_WORKERS"]):
            self._loop(f"jobs-{number}", lambda: self._work(local=False, limit=1))
        self._thread("leases", self._keep_leases)

    def stop(self, seconds: float = 5.0) -> None:
        """Ask all loops to end and wait up to `seconds` in all."""
        self.stopping.set()
        wake.ring()
        for thread in self._threads:
            thread.join(seconds / max(1, len(self._threads)) + 0.1)

    def is_alive(self) -> bool:
        """Whether every loop still runs."""
        return all(thread.is_alive() for thread in self._threads)

    def _thread(self, name: str, run: Callable[[], None]) -> None:
        thread = threading.Thread(target=run, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _loop(self, name: str, step: Callable[[], int]) -> None:
        def run() -> None:
            while not self.stopping.is_set():
                seen = wake.rings()
                try:
                    if step():
                        continue
                    pause = LONGEST_WAIT
                except Exception as error:
                    log.warning("%s: %s, going on", name, type(error).__name__, exc_info=True)
                    connections.close_all()
                    pause = LONGEST_WAIT
                wake.wait(seen, pause)
            connections.close_all()

        self._thread(name, run)

    def _work(self, *, local: bool, limit: int) -> int:
        runs = self.running.take(local=local, limit=limit)
        try:
            for run in runs:
                if self.stopping.is_set():
                    queue.release(run)
                else:
                    queue.perform(run)
                self.running.remove(run)
        finally:
            # All: one that stayed here when the database went away would be renewed for ever.
            for run in runs:
                self.running.remove(run)
        return len(runs)

    def _keep_leases(self) -> None:
        third = settings.ENV["OKNO_LEASE_SECONDS"] / 3
        while not self.stopping.wait(third):
            try:
                self.running.renew_all()
            except Exception as error:
                log.warning("leases not renewed: %s", type(error).__name__)
                connections.close_all()
        connections.close_all()
