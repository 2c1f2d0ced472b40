"""Commits are told to other processes after they are done, gathered, and at nobody's cost."""

import threading
import time

import psycopg
import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from okno.spine import SYSTEM, contract, record, unit, wake
from tests.stands.processes import wait_until

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _postgresql():
    if connection.vendor != "postgresql":
        pytest.skip("SQLite has no NOTIFY")


@pytest.fixture
def other():
    """What another process hears: a connection that listens."""
    given = connection.get_connection_params()
    wanted = {name: given[name] for name in ("host", "port", "dbname", "user") if name in given}
    with psycopg.connect(**wanted, autocommit=True) as found:
        found.execute(f"LISTEN {wake.CHANNEL}")
        yield found


@pytest.fixture
def note(own):
    """A verb that commits one event."""

    @contract.event("probe.noted", subject="probe", sentence="Noted")
    class Noted:
        probe: int

    def run(number=1):
        with unit(SYSTEM, "test"):
            record(Noted(number))

    return run


@pytest.fixture
def speaker():
    """The thread that tells, as every lasting process has one."""
    stop = threading.Event()
    thread = threading.Thread(target=wake.speak, args=(stop,))
    thread.start()
    wait_until(lambda: wake._teller.is_running, 5, "the speaker")
    yield thread
    stop.set()
    thread.join(5)


def heard(other):
    return [n.payload for n in other.notifies(timeout=5, stop_after=1)]


def test_the_ring_leaves_after_the_commit(note, other):
    """Inside the unit it would hold a lock of the whole cluster while the disk is waited for."""
    with CaptureQueriesContext(connection) as asked:
        note()
    said = [query["sql"].split("(")[0] for query in asked]
    assert said.index("COMMIT") < said.index("SELECT pg_notify"), said
    assert heard(other) == [f"{wake.me()} events"]


def test_a_burst_is_told_together(note, other, speaker):
    """At most one ring each 5 ms, however many commits."""
    began = time.monotonic()
    for number in range(300):
        note(number)
    wait_until(lambda: not wake._teller.topics, 5, "the last to be told")
    other.execute("SELECT pg_notify(%s, %s)", [wake.CHANNEL, "end"])
    took = time.monotonic() - began
    rings = []
    for ring in other.notifies(timeout=10):
        if ring.payload == "end":
            break
        rings.append(ring.payload)
    print(f"\n300 commits, {len(rings)} rings in {took:.2f} s")
    assert 1 <= len(rings) <= took / wake.GATHER_SECONDS + 2


def test_a_ring_that_is_lost_harms_no_commit(note, other, speaker):
    """The speaker's connection dies: the next commits go on, and are told by a new one."""
    note()
    assert len(heard(other)) == 1
    killed = other.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE query LIKE %s"
        " AND pid <> pg_backend_pid()",
        ["SELECT pg_notify%"],
    ).fetchall()
    assert killed == [(True,)]
    # This one meets the dead connection and is lost.
    note()
    wait_until(lambda: not wake._teller.topics, 5, "it to be given up")

    def is_heard():
        note()
        return bool([n for n in other.notifies(timeout=0.1, stop_after=1)])

    wait_until(is_heard, 5, "a later commit to be told")
