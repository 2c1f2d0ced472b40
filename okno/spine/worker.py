"""The threads that read the log, run jobs and watch the clock, in one process."""

import logging
import threading
import time
from collections.abc import Callable
from queue import SimpleQueue

from django.conf import settings
from django.db import connections

from okno.spine import instants, queue, reading, schedules, wake

log = logging.getLogger(__name__)
LONGEST_WAIT = 1.0
# Between two passes of busy readers, so that a burst is read in few units.
GATHER_SECONDS = 0.02


class Worker:
    """Start with `start`, end with `stop`; what is cut off is taken over by its lease."""

    def __init__(self) -> None:
        self.stopping = threading.Event()
        self.running = queue.Running()
        self._watch = instants.Watch()
        self._threads: list[threading.Thread] = []
        # None ends the thread that takes it.
        self._handed: SimpleQueue[queue.Run | None] = SimpleQueue()
        self._free = threading.Semaphore(settings.ENV["OKNO_WORKERS"])

    def start(self) -> None:
        """Begin all loops."""
        self._thread("bell", lambda: wake.listen(self.stopping))
        self._loop("readers", reading.read_once, wake.EVENTS, GATHER_SECONDS)
        self._loop("timers", self._watch_the_clock)
        self._loop("local-jobs", self._work_here, wake.LOCAL)
        self._loop("live-jobs", self._work_live, wake.LIVE)
        self._loop("jobs", self._hand_out, wake.OUTSIDE)
        for number in range(settings.ENV["OKNO_WORKERS"]):
            self._thread(f"job-{number}", self._take_handed)
        self._thread("leases", self._keep_leases)

    def stop(self, seconds: float = 5.0) -> None:
        """Ask all loops to end and wait up to `seconds` in all."""
        self.stopping.set()
        wake.ring()
        until = time.monotonic() + seconds
        for _ in range(settings.ENV["OKNO_WORKERS"]):
            self._handed.put(None)
        for thread in self._threads:
            thread.join(max(0.1, until - time.monotonic()))

    def is_alive(self) -> bool:
        """Whether every loop still runs."""
        return all(thread.is_alive() for thread in self._threads)

    def _thread(self, name: str, run: Callable[[], None]) -> None:
        thread = threading.Thread(target=run, name=name, daemon=True)
        self._threads.append(thread)
        thread.start()

    def _loop(self, name: str, step: Callable[[], int], topic: str = "", rest: float = 0.0) -> None:
        """Repeat `step` while it did something; then wait for the bell of `topic`, or a while."""

        def run() -> None:
            while not self.stopping.is_set():
                seen = wake.rings(topic) if topic else 0
                try:
                    if step():
                        self.stopping.wait(rest)
                        continue
                    pause = LONGEST_WAIT
                except Exception as error:
                    log.warning("%s: %s, going on", name, type(error).__name__, exc_info=True)
                    connections.close_all()
                    pause = LONGEST_WAIT
                if topic:
                    wake.wait(topic, seen, pause)
                else:
                    self.stopping.wait(pause)
            connections.close_all()

        self._thread(name, run)

    def _watch_the_clock(self) -> int:
        if self._watch.look():
            instants.mend()
        return schedules.fire_due()

    def _hand_out(self) -> int:
        """Claim as many jobs as there are free threads. One claimer, or at every ring of the bell
        each of them would look into the table."""
        free = 0
        while self._free.acquire(blocking=False):
            free += 1
        if not free:
            return 0
        runs: list[queue.Run] = []
        try:
            runs = self.running.take(local=False, limit=free)
        finally:
            if unused := free - len(runs):
                self._free.release(unused)
        for run in runs:
            self._handed.put(run)
        return len(runs)

    def _take_handed(self) -> None:
        while (run := self._handed.get()) is not None:
            try:
                self._work([run])
            except Exception as error:
                log.warning("job: %s, going on", type(error).__name__, exc_info=True)
                connections.close_all()
            self._free.release()
            wake.ring([wake.OUTSIDE])
        connections.close_all()

    def _work_here(self) -> int:
        return self._work(self.running.take(local=True, limit=20, only=""))

    def _work_live(self) -> int:
        return self._work(self.running.take(local=True, limit=20, only=queue.LIVE))

    def _work(self, runs: list[queue.Run]) -> int:
        try:
            for some in queue.grouped(runs):
                if self.stopping.is_set():
                    for run in some:
                        queue.release(run)
                else:
                    queue.perform(some)
                for run in some:
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
