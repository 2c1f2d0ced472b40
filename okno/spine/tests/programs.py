"""The programs of the race tests. Each says `ready` and begins at the line `go`; those without an
end of their own stop when their standard input is closed."""

import hashlib
import json
import os
import sys
import threading
import time
import traceback
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


def _say(words: object) -> None:
    """One line in one write, so that those of two processes never mix."""
    sys.stdout.write(f"{words}\n")
    sys.stdout.flush()


def _begin() -> None:
    connections.close_all()
    _say("ready")
    sys.stdin.readline()


def _closed() -> threading.Event:
    """An event that is set when the standard input ends."""
    closed = threading.Event()
    threading.Thread(target=lambda: (sys.stdin.read(), closed.set()), daemon=True).start()
    return closed


def _fork(processes: int, run: Callable[[int], None]) -> None:
    """Run in so many processes, which begins quicker than so many programs; ends with theirs."""
    children = []
    for number in range(processes):
        child = os.fork()
        if child:
            children.append(child)
            continue
        try:
            run(number)
            sys.stdout.flush()
        except BaseException:
            traceback.print_exc()
            os._exit(1)
        os._exit(0)
    sys.exit(any([os.waitpid(child, 0)[1] for child in children]))


def _until_closed(closed: threading.Event, step: Callable[[], int]) -> None:
    while True:
        is_last = closed.is_set()
        if step():
            continue
        if is_last:
            return
        time.sleep(0.02)


def write(units: int, processes: int, threads: int, subjects: int = 20) -> None:
    """Each thread of each process records `units` events, one to three in a unit of work."""

    def run(me: int) -> None:
        number = 0
        while number < units:
            with unit(SYSTEM, "test"):
                for _ in range(min(units - number, 1 + (number + me) % 3)):
                    number += 1
                    record(ProbeNoted((number * 7 + me) % subjects, me, number))
        connections.close_all()

    def run_all(process: int) -> None:
        with ThreadPoolExecutor(threads) as pool:
            list(pool.map(run, range(process * threads, (process + 1) * threads)))

    _begin()
    _fork(processes, run_all)


def digest(ids: list[int]) -> str:
    return f"{len(ids)} {hashlib.sha256(repr(ids).encode()).hexdigest()}"


def read(before: int = 0, failpoints: str = "", processes: int = 1) -> None:
    """Write `before` events, then run all declared readers, as the worker does, and beside them a
    follower that only polls `id >` its own position; prints the digest of what that one saw."""

    def run(_: int) -> None:
        ids: list[int] = []

        def step() -> int:
            batch = reading.happened_after(ids[-1] if ids else 0)
            ids.extend(happened.id for happened in batch)
            return len(batch)

        closed = _closed()
        follower = threading.Thread(target=_until_closed, args=(closed, step))
        follower.start()
        _until_closed(closed, reading.read_once)
        follower.join()
        _say(digest(ids))

    for number in range(before):
        with unit(SYSTEM, "test"):
            record(ProbeNoted(number % 20, 1, number))
    if failpoints:
        _kill_one(failpoints, run)
    _begin()
    _fork(processes, run)


def _kill_one(failpoints: str, run: Callable[[int], None]) -> None:
    """Run in a process that meets its end at a failpoint; says by which signal."""
    _begin()
    child = os.fork()
    if not child:
        failpoint.arm(failpoints)
        run(0)
        os._exit(0)
    _say(f"killed {os.waitpid(child, 0)[1]}")


def work(jobs: list[dict[str, Any]] | None = None, processes: int = 1) -> None:
    """Enqueue `jobs` and run the worker until told to end."""

    def run(_: int) -> None:
        closed, worker = _closed(), Worker()
        worker.start()
        closed.wait()
        worker.stop()

    if jobs:
        with unit(SYSTEM, "test"):
            for job in jobs:
                queue.enqueue(job["name"], job["args"], lane=job.get("lane", ""))
    _begin()
    _fork(processes, run)


def fire(timers: int, processes: int) -> None:
    """Set so many timers that are due, then fire until none is left; prints how many ran here."""

    def run(_: int) -> None:
        fired = 0
        while Schedule.objects.exists():
            fired += schedules.fire_due(10)
            time.sleep(0.01)  # SQLite's lock is not fair: give the other its turn
        _say(fired)

    due = clock.now() - timedelta(seconds=1)
    with unit(SYSTEM, "test"):
        for number in range(timers):
            schedules.schedule("test.ring", due, {"number": number}, key=f"test:{number}")
    _begin()
    _fork(processes, run)


def commit(pauses: list[float]) -> None:
    """Commit one event after each pause; say the instant of each commit."""
    for number, pause in enumerate(pauses):
        time.sleep(pause)
        with unit(SYSTEM, "test"):
            record(ProbeNoted(1, 1, number))
        _say(f"commit {time.monotonic()}")


def listen(closed: threading.Event) -> None:
    """Say the instant of every ring of the bell in a process that commits nothing itself."""
    threading.Thread(target=wake.listen, args=(closed,), daemon=True).start()
    while not closed.is_set():
        rings = wake.rings(wake.EVENTS)
        wake.wait(wake.EVENTS, rings, 0.2)
        if wake.rings(wake.EVENTS) != rings:
            _say(f"ring {time.monotonic()}")


def bell(pauses: list[float]) -> None:
    """One process commits, another listens."""
    _begin()
    _fork(2, lambda number: commit(pauses) if number else listen(_closed()))


def die(failpoints: str) -> None:
    """Commit events until a failpoint is met."""
    _kill_one(failpoints, lambda _: commit([0] * 5))


def load(ledger: str) -> None:
    """Commit keyed events as a client that repeats what was not confirmed, noting what was."""
    _begin()
    closed, number = _closed(), 0
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
    """Alter the log's table as a later migration would; print whether the guard stands before,
    after, and after `migrate`."""
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
    _say(json.dumps(stands))
