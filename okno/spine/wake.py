"""The bell: tells waiting threads that something was committed. It carries no data, and losing a
ring costs one poll interval, never an event or a job.

On PostgreSQL other processes are told by NOTIFY after the commit, in a transaction of its own: one
inside the unit would make every unit of the cluster wait for the others' disks, because NOTIFY
holds a lock of the whole cluster from before the commit until after it (PreCommit_Notify)."""

import logging
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterable

from django.db import Error, connection, connections

from okno.kit.siblings import Siblings

CHANNEL = "okno"
# What a session that listens calls itself in pg_stat_activity: who else could see that it does?
LISTENER = "okno listener"
POLL_SECONDS = 0.5
# What is committed meanwhile is told of together.
GATHER_SECONDS = 0.005
# What there may be to do. Each has its own bell, so that nobody looks for work in vain.
EVENTS, LOCAL, LIVE, OUTSIDE = "events", "local", "live", "outside"
TOPICS = (EVENTS, LOCAL, LIVE, OUTSIDE)

log = logging.getLogger(__name__)
_me = secrets.token_hex(8)
_hearers: dict[str, Callable[[str], None]] = {}
# Web and worker may share a process; one of them listens.
_listening = threading.Lock()
# The other processes of our command, where SQLite has no NOTIFY to tell them by.
_siblings: list[Siblings] = []


class _Bell:
    def __init__(self) -> None:
        self.condition = threading.Condition()
        self.rings = 0
        self.is_heard = False


_bells = {topic: _Bell() for topic in TOPICS}


def ring(topics: Iterable[str] = TOPICS) -> None:
    """Wake every waiter of this process for these topics."""
    for topic in topics:
        bell = _bells[topic]
        with bell.condition:
            bell.rings += 1
            bell.condition.notify_all()


def rings(topic: str) -> int:
    """How often its bell has rung; take it before looking for work, give it to `wait`."""
    return _bells[topic].rings


def wait(topic: str, seen: int, seconds: float) -> None:
    """Sleep until a ring after `seen`, or for `seconds`."""
    bell = _bells[topic]
    bell.is_heard = True
    with bell.condition:
        bell.condition.wait_for(lambda: bell.rings != seen, timeout=seconds)


class _Teller:
    """Gathers what other processes are to be told, for the thread that tells them."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.topics: set[str] = set()
        self.is_asked = threading.Event()
        self.is_running = False

    def take(self) -> set[str]:
        """What has gathered, which is now the caller's to tell."""
        with self.lock:
            taken, self.topics = self.topics, set()
            self.is_asked.clear()
            return taken


_teller = _Teller()


def tell(topics: Iterable[str]) -> None:
    """Tell other processes of a commit, after it; never raises.

    Each of them may read the log, but one process is enough for a job, and this one may be it.
    """
    told = {topic for topic in topics if topic == EVENTS or not _bells[topic].is_heard}
    if not told:
        return
    if connection.vendor != "postgresql":
        tell_siblings(CHANNEL, " ".join([_me, *sorted(told)]))
        return
    with _teller.lock:
        if is_running := _teller.is_running:
            _teller.topics |= told
            _teller.is_asked.set()
    if not is_running:
        # A command, which ends soon.
        _notify(told)


def _notify(topics: set[str]) -> None:
    try:
        with connection.cursor() as cursor:
            text = " ".join([_me, *sorted(topics)])
            cursor.execute("SELECT pg_notify(%s, %s)", [CHANNEL, text])
    except Error as error:
        log.info("others not told: %s", type(error).__name__)
        if not connection.in_atomic_block:
            connection.close()


def speak(stop: threading.Event) -> None:
    """Tell other processes of this one's commits, until `stop`, at most once each 5 ms."""
    with _teller.lock:
        if _teller.is_running or connection.vendor != "postgresql":
            return
        _teller.is_running = True
    try:
        while not stop.is_set():
            if _teller.is_asked.wait(POLL_SECONDS):
                _notify(_teller.take())
                time.sleep(GATHER_SECONDS)
    finally:
        with _teller.lock:
            _teller.is_running = False
        if rest := _teller.take():
            _notify(rest)
        connections.close_all()


def _be_another() -> None:
    """A forked child is a process of its own, and hears its parent."""
    global _me, _teller
    _me = secrets.token_hex(8)
    _teller = _Teller()


os.register_at_fork(after_in_child=_be_another)


def me() -> str:
    """This process's name in what it tells the others."""
    return _me


def hear(channel: str, take: Callable[[str], None]) -> None:
    """Give `take` what other processes NOTIFY on a channel of its own, in the bell's thread."""
    _hearers[channel] = take


def join(siblings: Siblings) -> None:
    """Hear and tell the other processes that the same command runs."""
    _siblings[:] = [siblings]


def tell_siblings(channel: str, text: str) -> None:
    """Say on a channel what NOTIFY would say. A sibling that misses it finds out by itself within
    POLL_SECONDS."""
    for siblings in _siblings:
        siblings.tell(f"{channel} {text}")


def listen(stop: threading.Event) -> None:
    """Ring for commits of other processes, until `stop`: by NOTIFY; on SQLite by what siblings say,
    and by data_version for those of other commands. And tell them of ours."""
    while not stop.is_set():
        if _listening.acquire(timeout=POLL_SECONDS):
            speaker = threading.Thread(target=speak, args=(stop,), name="speaker", daemon=True)
            speaker.start()
            try:
                _listen(stop)
            finally:
                _listening.release()
                speaker.join(POLL_SECONDS)


def _listen(stop: threading.Event) -> None:
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
        cursor.execute("SELECT set_config('application_name', %s, false)", [LISTENER])
        for channel in (CHANNEL, *_hearers):
            cursor.execute(f"LISTEN {channel}")
        raw = connection.connection
    ring()
    while not stop.is_set():
        for told in raw.notifies(timeout=POLL_SECONDS, stop_after=1):
            _take(told.channel, told.payload)


def _take(channel: str, payload: str) -> None:
    if channel in _hearers:
        _hearers[channel](payload)
    else:
        _hear_bell(payload)


def _hear_bell(payload: str) -> None:
    sender, *topics = payload.split()
    if sender != _me:
        ring(topic for topic in topics if topic in _bells)


def _watch_sqlite(stop: threading.Event) -> None:
    seen, looked_at = -1, -POLL_SECONDS
    with connection.cursor() as cursor:
        while not stop.is_set():
            if time.monotonic() - looked_at >= POLL_SECONDS:
                cursor.execute("PRAGMA data_version")
                version = cursor.fetchone()[0]
                if version != seen:
                    seen = version
                    ring()
                looked_at = time.monotonic()
            _hear_siblings(stop)


def _hear_siblings(stop: threading.Event) -> None:
    """Take what siblings say; wait for it for POLL_SECONDS at most."""
    if not _siblings:
        stop.wait(POLL_SECONDS)
    for siblings in _siblings:
        for said in siblings.hear(POLL_SECONDS):
            channel, _, payload = said.partition(" ")
            _take(channel, payload)
