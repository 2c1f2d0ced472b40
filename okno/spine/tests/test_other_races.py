"""Timers, the bell and the guard between processes, and a database that goes away."""

import json

import pytest
from django.db import connections

from okno.spine.tests.processes import ENGINE, IS_LONG, finish, go, lines
from tests.stands.processes import wait_until

TIMERS = 2_000 if IS_LONG else 200
UNDER_LOAD = 1_000 if IS_LONG else 80


def test_timers_of_two_processes_ring_effectively_once(race):
    firing = race.start("fire", timers=TIMERS, processes=2)
    go(firing)
    (output,) = finish(firing)
    shares = [int(line) for line in output.split()]
    assert sum(shares) == TIMERS
    rung = race.sql("SELECT target FROM test_effect ORDER BY target")
    assert [target for (target,) in rung] == list(range(TIMERS))
    print(f"\n{ENGINE}: {TIMERS} timers by two processes, shares {shares}, each once")


def test_each_commit_of_another_process_is_heard(race):
    pauses = [1, 0.8, 1.1]
    ringing = race.start("bell", pauses=pauses)
    go(ringing)
    commits, rings = [], []
    while len(commits) < len(pauses) or max(rings, default=0.0) < commits[-1] - 0.1:
        what, at = ringing.stdout.readline().split()
        (commits if what == "commit" else rings).append(float(at))
    finish(ringing)
    delays = [min(ring - at for ring in rings if ring > at - 0.1) for at in commits]
    print(f"\n{ENGINE}: heard after", ", ".join(f"{delay:.2f} s" for delay in delays))


def test_the_guard_of_the_log_survives_a_later_migration(race):
    altering = race.start("alter")
    before, after, at_last = json.loads(finish(altering)[0])
    # SQLite makes the table anew, which loses its triggers: why the guard follows each migrate.
    assert (before, after, at_last) == (True, ENGINE == "postgres", True)
    race.sql(
        "INSERT INTO spine_event (name, version, subject_type, subject_id, actor_type, via, depth,"
        " at, data) VALUES ('a.b', 1, 'a', 1, 'system', 'test', 0, '2026-01-01', '{}')"
    )
    for change in ("UPDATE spine_event SET depth = 1", "DELETE FROM spine_event"):
        with pytest.raises(Exception, match="the event log is append-only"):
            race.sql(change)


@pytest.mark.skipif(ENGINE != "postgres", reason="a server that can go away: PostgreSQL only")
def test_nothing_is_lost_when_postgresql_crashes_under_load(race, tmp_path):
    """Sessions ended twice, then a crash; clients repeat what was not confirmed."""
    connections.close_all()  # pytest's own, which the crash would break
    ledger, server = tmp_path / "ledger", race.installation.server
    settings = {"OKNO_LEASE_SECONDS": "2", "OKNO_RETRY_SCALE": "0.02"}
    worker = race.start("work", settings=settings)
    client = race.start("load", ledger=str(ledger))
    go(worker, client)

    def some_load() -> None:
        more = len(lines(ledger)) + UNDER_LOAD
        wait_until(lambda: len(lines(ledger)) >= more, 60, "events")

    for _ in range(2):
        some_load()
        server.terminate_backends()
    some_load()
    server.restart_immediate()
    newest = race.sql("SELECT coalesce(max(position), 0) FROM test_seen")[0][0]
    recovered = f"SELECT coalesce(max(position), 0) > {newest} FROM test_seen"
    took = race.until(recovered, 40, "the worker to go on by itself")
    some_load()
    finish(client)
    all_read = "SELECT (SELECT max(event_id) FROM test_seen) = (SELECT max(id) FROM spine_event)"
    race.until(all_read, 30, "the readers to reach the end")
    race.until("SELECT count(*) = 0 FROM spine_job", 40, "all jobs to end")
    finish(worker)
    confirmed = [int(words[2]) for words in lines(ledger)]
    log = race.sql("SELECT id, (data->>'number')::int FROM spine_event ORDER BY id")
    assert [number for _, number in log] == confirmed
    ids = [event_id for event_id, _ in log]
    seen = race.sql("SELECT event_id FROM test_seen ORDER BY position")
    assert [event_id for (event_id,) in seen] == ids
    effects = race.sql("SELECT target FROM test_effect ORDER BY target")
    assert [target for (target,) in effects] == ids
    assert race.count("spine_parked") == 0
    print(f"\n{len(ids)} events, none lost, none twice; the worker went on {took:.1f} s after")
