"""The bell: tells waiting threads that something was committed. It carries no data, and losing a
ring costs one poll interval, never an event."""

import logging
import threading
import time

from django.db import connection, connections

CHANNEL = "okno"
POLL_SECONDS = 0.5

log = logging.getLogger(__name__)
_condition = threading.Condition()
_rings = 0


def ring() -> None:
    """Wake every waiter of this process."""
    global _rings
    with _condition:
        _rings += 1
        _condition.notify_all()


def rings() -> int:
    """How often the bell has rung; take it before looking for work, give it to `wait`."""
    return _rings


def wait(seen: int, seconds: float) -> None:
    """Sleep until a ring after `seen`, or for `seconds`."""
    with _condition:
        _condition.wait_for(lambda: _rings != seen, timeout=seconds)


def listen(stop: threading.Event) -> None:
    """Ring for commits of other processes, until `stop`: NOTIFY, or SQLite's data_version."""
    while not stop.is_set():
        try:
            if connection.vendor == "postgresql":
                _listen_postgresql(stop)
            else:
                _watch_sqlite(stop)
        except Exception as error:
            log.warning("bell lost, polling meanwhile: %s", type(error).__name__)
            connections.close_all()
            stop.wait(POLL_SECONDS)
            ring()
    connections.close_all()


def _listen_postgresql(stop: threading.Event) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"LISTEN {CHANNEL}")
        raw = connection.connection
    ring()
    while not stop.is_set():
        for _ in raw.notifies(timeout=POLL_SECONDS, stop_after=1):
            ring()


def _watch_sqlite(stop: threading.Event) -> None:
    seen = -1
    with connection.cursor() as cursor:
        while not stop.is_set():
            cursor.execute("PRAGMA data_version")
            version = cursor.fetchone()[0]
            if version != seen:
                seen = version
                ring()
            time.sleep(POLL_SECONDS)
