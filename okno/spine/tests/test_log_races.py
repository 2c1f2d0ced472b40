"""No event is missed and each subject's order is kept, whatever writes and reads at once."""

import json
from collections import defaultdict

import pytest

from okno.spine.tests.processes import ENGINE, IS_LONG, finish, go

EVENTS = 20_000 if IS_LONG else 2_000
# PostgreSQL: 8 writers in two processes; SQLite, one writer at a time: 4 processes.
PROCESSES, THREADS = (2, 4) if ENGINE == "postgres" else (4, 1)


@pytest.mark.long
def test_readers_see_each_event_once_and_in_order_while_writers_race(race):
    each = EVENTS // (PROCESSES * THREADS)
    writers = [
        race.start("write", writer=number, units=each, threads=THREADS)
        for number in range(1, PROCESSES + 1)
    ]
    readers = [race.start("read") for _ in range(2)]
    go(*writers, *readers)
    finish(*writers)
    followed = finish(*readers)
    log = race.sql("SELECT id, subject_id, name FROM spine_event ORDER BY id")
    assert len(log) == each * PROCESSES * THREADS
    for output in followed:
        assert json.loads(output) == [event_id for event_id, _, _ in log]
    seen = race.sql("SELECT event_id, subject, writer, number FROM test_seen ORDER BY position")
    assert [row[:2] for row in seen] == [row[:2] for row in log]
    by_writer = defaultdict(list)
    for _, _, writer, number in seen:
        by_writer[writer].append(number)
    assert all(numbers == sorted(numbers) for numbers in by_writer.values())
    print(f"\n{ENGINE}, {PROCESSES * THREADS} writers, {len(log)} events: none missed, none twice")


@pytest.mark.parametrize("passage", [1, 2])
def test_a_reader_killed_between_its_writes_and_the_commit_takes_effect_once(race, passage):
    point = f"event.after_append_before_publish=kill@{passage}"
    dying, heir = race.start("read", before=150, failpoints=point), race.start("read")
    go(dying)
    assert dying.wait(30) == -9
    assert race.count("test_seen") == 100 * (passage - 1)
    go(heir)
    finish(heir)
    ids = [row[0] for row in race.sql("SELECT event_id FROM test_seen ORDER BY position")]
    assert ids == [row[0] for row in race.sql("SELECT id FROM spine_event ORDER BY id")]
    assert len(ids) == 150


def test_a_writer_killed_before_its_commit_leaves_nothing(race):
    point = {"OKNO_FAILPOINTS": "event.after_append_before_publish=kill@3"}
    dying = race.start("commit", settings=point, pauses=[0, 0, 0, 0])
    go(dying)
    assert dying.wait(30) == -9
    assert race.count("spine_event") == 2
