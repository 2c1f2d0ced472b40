"""The programs of the race tests. Each says `ready` and begins at the line `go`; those without an
end of their own stop when their standard input is closed."""

import json
import sys
import threading
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from typing import Any

from django.core.management import call_command
from django.db import InterfaceError, OperationalError, connection, connections

from okno.kit import clock, failpoint
from okno.spine import SYSTEM, guard, queue, reading, record, schedules, unit, wake
from okno.spine.models import Event, Schedule
from okno.spine.tests.declared import LoadNoted, ProbeNoted, write_line
from okno.spine.worker import Worker


def _begin() -> threading.Event:
    """Wait for `go`; the event returned is set when the standard input ends."""
    closed = threading.Event()
    print("ready", flush=True)
    sys.stdin.readline()
    threading.Thread(target=lambda: (sys.stdin.read(), closed.set()), daemon=True).start()
    return closed


def _until_closed(closed: threading.Event, step: Callable[[], int]) -> None:
    while True:
        is_last = closed.is_set()
        if step():
            continue
        if is_last:
            return
        time.sleep(0.02)


def write(writer: int, units: int, threads: int = 1, subjects: int = 20) -> None:
    """Each thread opens `units` units of one to three events about changing subjects."""

    def run(thread: int) -> None:
        me, number = writer * 100 + thread, 0
        while number < units:
            with unit(SYSTEM, "test"):
                for _ in range(min(units - number, 1 + (number + me) % 3)):
                    number += 1
                    record(ProbeNoted((number * 7 + me) % subjects, me, number))
        connections.close_all()

    _begin()
    with ThreadPoolExecutor(threads) as pool:
        list(pool.map(run, range(threads)))


def read(before: int = 0, failpoints: str = "") -> None:
    """Write `before` events, then run all declared readers, as the worker does, and beside them a
    follower that only polls `id >` its own position; prints what that one saw, in order."""
    for number in range(before):
        with unit(SYSTEM, "test"):
            record(ProbeNoted(number % 20, 1, number))
    failpoint.arm(failpoints)
    ids: list[int] = []

    def step() -> int:
        batch = reading.happened_after(ids[-1] if ids else 0)
        ids.extend(happened.id for happened in batch)
        return len(batch)

    closed = _begin()
    follower = threading.Thread(target=_until_closed, args=(closed, step))
    follower.start()
    _until_closed(closed, reading.read_once)
    follower.join()
    print(json.dumps(ids))


def work(jobs: list[dict[str, Any]] | None = None) -> None:
    """Enqueue `jobs` and run the worker until told to end."""
    if jobs:
        with unit(SYSTEM, "test"):
            for job in jobs:
                queue.enqueue(job["name"], job["args"], lane=job.get("lane", ""))
    closed = _begin()
    worker = Worker()
    worker.start()
    closed.wait()
    worker.stop()


def fire(timers: int = 0) -> None:
    """Set that many timers that are due, then fire until none is left; prints how many it ran."""
    due = clock.now() - timedelta(seconds=1)
    for start in range(0, timers, 100):
        with unit(SYSTEM, "test"):
            for number in range(start, min(timers, start + 100)):
                schedules.schedule("test.ring", due, {"number": number}, key=f"test:{number}")
    _begin()
    fired = 0
    while Schedule.objects.exists():
        fired += schedules.fire_due(20)
    print(fired)


def listen() -> None:
    """Print the instant of every ring of the bell."""
    stop = threading.Event()
    threading.Thread(target=wake.listen, args=(stop,), daemon=True).start()
    time.sleep(1)
    closed = _begin()
    while not closed.is_set():
        rings = wake.rings()
        wake.wait(rings, 0.2)
        if wake.rings() != rings:
            print(time.monotonic(), flush=True)
    stop.set()


def commit(pauses: list[float]) -> None:
    """Commit one event after each pause; print the instant of each commit."""
    _begin()
    for number, pause in enumerate(pauses):
        time.sleep(pause)
        with unit(SYSTEM, "test"):
            record(ProbeNoted(1, 1, number))
        print(time.monotonic(), flush=True)


def load(ledger: str) -> None:
    """Commit keyed events as a client that repeats what was not confirmed, noting what was."""
    closed, number = _begin(), 0
    while not closed.is_set():
        try:
            with unit(SYSTEM, "test"):
                record(LoadNoted(number % 20, 1, number), key=f"load:{number}")
        except (OperationalError, InterfaceError):
            connections.close_all()
            time.sleep(0.05)
            continue
        write_line(ledger, number)
        number += 1
        time.sleep(0.004)


def alter() -> None:
    """Alter the log's table as a later migration would; print whether the guard stands."""
    was = Event._meta.get_field("name")
    wider = was.clone()
    wider.max_length = 80
    wider.set_attributes_from_name("name")
    wider.model = Event
    stands = [guard.is_protected()]
    with connection.schema_editor() as editor:
        editor.alter_field(Event, was, wider)
    stands.append(guard.is_protected())
    call_command("migrate", verbosity=0)
    stands.append(guard.is_protected())
    print(json.dumps(stands))
