"""No event is missed and each subject's order is kept, whatever writes and reads at once."""

import hashlib
from collections import defaultdict

import pytest

from okno.spine.tests.processes import ENGINE, IS_LONG, finish, go

EVENTS = 20_000 if IS_LONG else 2_000
# PostgreSQL: 8 writers in two processes; SQLite, one writer at a time: 4 processes.
PROCESSES, THREADS = (2, 4) if ENGINE == "postgres" else (4, 1)


def digest(ids):
    return f"{len(ids)} {hashlib.sha256(repr(ids).encode()).hexdigest()}"


def test_readers_see_each_event_once_and_in_order_while_writers_race(race):
    each = EVENTS // (PROCESSES * THREADS)
    writers = race.start("write", units=each, processes=PROCESSES, threads=THREADS)
    readers = race.start("read", processes=2)
    go(writers, readers)
    finish(writers)
    (followed,) = finish(readers)
    log = race.sql("SELECT id, subject_id, name FROM spine_event ORDER BY id")
    assert len(log) == each * PROCESSES * THREADS
    assert followed.splitlines() == [digest([event_id for event_id, _, _ in log])] * 2
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
    reader = race.start("read", before=150, failpoints=point)
    go(reader)
    assert reader.stdout.readline() == "killed 9\n"
    assert race.count("test_seen") == 100 * (passage - 1)
    go(reader)
    finish(reader)
    ids = [row[0] for row in race.sql("SELECT event_id FROM test_seen ORDER BY position")]
    assert ids == [row[0] for row in race.sql("SELECT id FROM spine_event ORDER BY id")]
    assert len(ids) == 150


def test_a_writer_killed_before_its_commit_leaves_nothing(race):
    writer = race.start("die", failpoints="event.after_append_before_publish=kill@3")
    go(writer)
    assert finish(writer)[0].endswith("killed 9\n")
    assert race.count("spine_event") == 2
