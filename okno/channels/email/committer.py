"""Commits letters of many sessions together: one commit of the disk serves all that wait for it.

Each sender is still answered only after the commit that holds its letter.
"""

import logging
import queue
import threading
from collections.abc import Callable
from dataclasses import dataclass, field

from django.db import connections

from okno.channels.intake import Arrival, accept_all

MOST_TOGETHER = 64
MOST_BYTES = 8 * 1024 * 1024
log = logging.getLogger(__name__)


@dataclass
class _Letter:
    """One letter for one or several channels: accepted as a whole or not at all."""

    arrivals: tuple[Arrival, ...]
    done: Callable[[Exception | None], None]
    # Accepted before, and now its sender knows it.
    is_heard: bool = False
    size: int = field(init=False)

    def __post_init__(self) -> None:
        self.size = sum(len(arrival.raw.body) for arrival in self.arrivals)


class Committer:
    """One writing thread. `submit` may be called from any thread."""

    def __init__(self, via: str) -> None:
        self._via = via
        self._waiting: queue.SimpleQueue[_Letter | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name=f"commit-{via}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """Commit what waits, then end."""
        self._waiting.put(None)
        self._thread.join(5)

    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def submit(
        self,
        arrivals: tuple[Arrival, ...],
        done: Callable[[Exception | None], None],
        *,
        is_heard: bool = False,
    ) -> None:
        """Commit a letter, or that its sender has heard of its commit, and call `done` (in the
        writing thread) with None, or what failed."""
        self._waiting.put(_Letter(arrivals, done, is_heard))

    def _run(self) -> None:
        is_last = False
        while not is_last:
            first = self._waiting.get()
            if first is None:
                break
            batch, is_last = self._gather(first)
            self._commit(batch)
        connections.close_all()

    def _gather(self, first: _Letter) -> tuple[list[_Letter], bool]:
        """What else waits already, up to a limit; and whether the end was asked for."""
        batch, size = [first], first.size
        while len(batch) < MOST_TOGETHER and size < MOST_BYTES:
            try:
                letter = self._waiting.get_nowait()
            except queue.Empty:
                break
            if letter is None:
                return batch, True
            batch.append(letter)
            size += letter.size
        return batch, False

    def _commit(self, batch: list[_Letter]) -> None:
        try:
            heard = [a for letter in batch if letter.is_heard for a in letter.arrivals]
            new = [a for letter in batch if not letter.is_heard for a in letter.arrivals]
            accept_all(new, heard=heard, via=self._via)
        except Exception as error:
            connections.close_all()
            if len(batch) == 1:
                log.warning("a letter was not accepted: %s", type(error).__name__)
                batch[0].done(error)
                return
            # One bad letter must not refuse its neighbours.
            for letter in batch:
                self._commit([letter])
            return
        for letter in batch:
            letter.done(None)
