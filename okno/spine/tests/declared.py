"""What the processes of the race tests declare. Never imported by pytest itself."""

import os
import signal
import time

from django.db import connection

from okno.spine import SYSTEM, Happened, event, unit
from okno.spine.contract import job, reader, timer
from okno.spine.queue import Run, enqueue


@event("probe.noted", subject="probe", sentence="Noted")
class ProbeNoted:
    probe: int
    writer: int
    number: int


@event("load.noted", subject="probe", sentence="Noted under load")
class LoadNoted:
    probe: int
    writer: int
    number: int


def write_line(path: str, *words: object) -> None:
    """Append one line, whole, with the instant of the machine's one monotonic clock."""
    line = " ".join(map(str, (time.monotonic_ns(), os.getpid(), *words))) + "\n"
    handle = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    os.write(handle, line.encode())
    os.close(handle)


def effect(what: str, target: int) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO test_effect (what, target, process) VALUES (%s, %s, %s)",
            [what, target, os.getpid()],
        )


@reader("test.seen", on=("*.noted",), begins="log")
def seen(happened: Happened) -> None:
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO test_seen (event_id, subject, writer, number) VALUES (%s, %s, %s, %s)",
            [happened.id, happened.subject_id, happened.data["writer"], happened.data["number"]],
        )


@reader("test.chain", on=("load.*",), begins="log", after=("test.seen",))
def chain(happened: Happened) -> None:
    enqueue("test.effect", {"number": happened.id}, key=f"test.chain:{happened.id}")


@job("test.effect", tries=20)
def take_effect(run: Run, number: int) -> None:
    with unit(SYSTEM, "job:test"):
        effect("job", number)
        run.done()


@job("test.hold")
def hold(run: Run, number: int, seconds: float, log: str) -> None:
    """Busy for a while, saying when it began and ended."""
    write_line(log, "begin", number, run.lane or "-")
    time.sleep(seconds)
    write_line(log, "end", number, run.lane or "-")


@job("test.stall")
def stall(run: Run, log: str, seconds: float) -> None:
    """The first worker hangs for `seconds`; then the effect and the completion commit together."""
    write_line(log, "begin", run.id, "-")
    if run.attempts == 1:
        time.sleep(seconds)
        write_line(log, "woke", run.id, "-")
    with unit(SYSTEM, "job:test"):
        effect("stall", run.id)
        run.done()
    write_line(log, "end", run.id, "-")


@job("test.poison", tries=2, local=True)
def poison(run: Run) -> None:
    os.kill(os.getpid(), signal.SIGKILL)


@job("test.bystander", tries=2, local=True)
def bystander(run: Run, number: int) -> None:
    with unit(SYSTEM, "job:test"):
        effect("bystander", number)
        run.done()


@timer("test.ring")
def ring(number: int) -> None:
    effect("ring", number)
