"""Timers: once, movable, one bad one disturbs no other, and a great number costs nothing."""

import json
import time
from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from okno.kit import clock
from okno.spine import SYSTEM, queue, schedules, unit
from okno.spine.contract import job, timer
from okno.spine.models import Schedule
from okno.spine.units import NotInUnit

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def rung(own, db):
    """A timer `test.ring` that keeps its numbers and fails at those in `rung.bad`."""

    class Rung(list):
        bad = ()

    found = Rung()

    @timer("test.ring")
    def ring(number):
        if number in found.bad:
            raise ValueError(f"cannot ring {number}")
        found.append(number)

    @job("test.nothing")
    def nothing(run):
        pass

    return found


def schedule(number, due_at=NOON, key=None):
    with unit(SYSTEM, "test"):
        schedules.schedule("test.ring", due_at, {"number": number}, key=key or f"test:{number}")


def fire(at=NOON):
    with clock.held_at(at):
        return schedules.fire_due()


def test_it_rings_when_it_is_due_and_once(rung):
    schedule(1)
    assert fire(NOON - timedelta(microseconds=1)) == 0
    assert (fire(), fire(), rung) == (1, 0, [1])


def test_a_moved_one_rings_at_its_new_time_only(rung):
    schedule(1, NOON, "a")
    schedule(2, NOON + MINUTE, "a")
    assert (fire(), fire(NOON + MINUTE), rung) == (0, 1, [2])


def test_one_moved_while_it_was_about_to_ring_waits(rung):
    schedule(1)
    (row,) = Schedule.objects.all()
    schedule(1, NOON + MINUTE)
    assert not schedules._fire(row)
    assert (rung, Schedule.objects.get().due_at) == ([], NOON + MINUTE)


def test_a_cancelled_one_is_silent(rung):
    schedule(1)
    with unit(SYSTEM, "test"):
        schedules.cancel("test:1")
        schedules.cancel("never:set")
    assert (fire(), rung) == (0, [])


def test_a_timer_is_set_and_cancelled_in_a_unit_only(rung):
    with pytest.raises(NotInUnit):
        schedules.schedule("test.ring", NOON, {}, key="a")
    with pytest.raises(NotInUnit):
        schedules.cancel("a")


def test_an_undeclared_timer_is_refused(rung):
    with unit(SYSTEM, "test"), pytest.raises(LookupError, match="no timer"):
        schedules.schedule("test.other", NOON, {}, key="a")


def test_a_failing_one_is_pushed_ahead_and_holds_up_nobody(rung):
    rung.bad = (0, 1)
    for number in range(4):
        schedule(number, NOON + number * timedelta(seconds=1))
    at = NOON + MINUTE
    assert (fire(at), rung) == (2, [2, 3])
    assert (fire(at), fire(at + 59 * timedelta(seconds=1))) == (0, 0)
    row = Schedule.objects.order_by("id").first()
    assert (row.due_at, row.attempts) == (at + MINUTE, 1)
    assert row.error.endswith("ValueError")
    fire(at + MINUTE)
    row.refresh_from_db()
    assert (row.due_at, row.attempts) == (at + 3 * MINUTE, 2)
    rung.bad = ()
    assert fire(at + 3 * MINUTE) == 2
    assert not Schedule.objects.exists()


def test_a_timer_may_set_itself_again(rung):
    @timer("test.daily")
    def daily():
        schedules.schedule("test.daily", clock.now() + timedelta(days=1), {}, key="daily")

    with unit(SYSTEM, "test"):
        schedules.schedule("test.daily", NOON, {}, key="daily")
    assert (fire(), fire()) == (1, 0)
    assert Schedule.objects.get().due_at == NOON + timedelta(days=1)


def test_many_are_set_moved_and_cancelled_in_few_statements(rung):
    def dues(at):
        return [
            schedules.Due(f"k{n}", "test.ring", at, {"number": n}, ("thing", n // 2))
            for n in range(10_000)
        ]

    def count(step, statements):
        began = time.perf_counter()
        with unit(SYSTEM, "test"), CaptureQueriesContext(connection) as found:
            step()
        print(f"\n{connection.vendor}: 10,000 in {time.perf_counter() - began:.2f} s")
        assert len(found) <= statements

    count(lambda: schedules.schedule_all(dues(NOON)), 10)
    count(lambda: schedules.schedule_all(dues(NOON + MINUTE)), 10)
    assert Schedule.objects.filter(due_at=NOON + MINUTE).count() == 10_000
    assert (fire(), fire(NOON + MINUTE)) == (0, 100)
    assert rung == list(range(100))
    count(lambda: schedules.cancel_of("thing", range(50, 60)), 1)
    assert Schedule.objects.count() == 9_900 - 20
    count(lambda: schedules.cancel_all(f"k{n}" for n in range(10_000)), 10)
    assert not Schedule.objects.exists()


def test_of_one_key_set_twice_at_once_the_last_counts(rung):
    with unit(SYSTEM, "test"):
        schedules.schedule_all(
            schedules.Due("a", "test.ring", NOON, {"number": number}) for number in (1, 2)
        )
    assert (fire(), rung) == (1, [2])


def test_one_that_keeps_failing_knows_since_when_until_it_is_set_anew(rung):
    rung.bad = (1,)
    schedule(1)
    fire()
    fire(NOON + MINUTE)
    row = Schedule.objects.get()
    assert (row.attempts, row.failed_at) == (2, NOON)
    schedule(1, NOON + 2 * MINUTE)
    row.refresh_from_db()
    assert (row.attempts, row.failed_at, row.error) == (0, None, "")


COUNT = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < {count})"
FUTURE = (
    "INSERT INTO spine_schedule (name, key, args, due_at, attempts, error) {numbers}"
    " SELECT 'test.ring', 'later:' || i, '{{}}', '2999-01-01 12:00:00', 0, '' FROM n",
    "INSERT INTO spine_job (name, args, lane, is_local, run_at, holder, is_wanted, attempts, error,"
    " created_at) {numbers} SELECT 'test.nothing', '{{}}', '', FALSE, '2999-01-01 12:00:00', '',"
    " TRUE, 0, '', '2999-01-01 12:00:00' FROM n",
    "ANALYZE spine_schedule",
    "ANALYZE spine_job",
)


def fill(count):
    """That many timers and jobs of the future, and fresh statistics."""
    with connection.cursor() as cursor:
        for statement in FUTURE:
            cursor.execute(statement.format(numbers=COUNT.format(count=count)))


def one_round(number):
    """One due timer and one due job, handled; the queries it took."""
    schedule(number, clock.now() - MINUTE)
    with unit(SYSTEM, "test"):
        queue.enqueue("test.nothing", {})
    with CaptureQueriesContext(connection) as fired:
        assert schedules.fire_due() == 1
        assert schedules.fire_due() == 0
        (run,) = queue.claim(local=False, limit=20)
        assert queue.claim(local=False, limit=20) == []
    queue.perform([run])
    return [query["sql"] for query in fired]


def quickest_of(step, rounds=30):
    took = []
    for number in range(rounds):
        began = time.perf_counter()
        step(number)
        took.append(time.perf_counter() - began)
    return min(took)


def plan(sql):
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(f"EXPLAIN QUERY PLAN {sql}")
            return "\n".join(row[3] for row in cursor.fetchall())
        cursor.execute(f"EXPLAIN (FORMAT JSON) {sql}")
        found = cursor.fetchone()[0]
        return json.dumps(found if isinstance(found, list) else json.loads(found), indent=1)


def test_twenty_thousand_future_ones_cost_no_query_and_no_scan(rung):
    few = one_round(0)
    quick = quickest_of(one_round)
    fill(20_000)
    many = one_round(0)
    ratio = quickest_of(one_round) / quick
    assert len(many) == len(few)
    explained = [sql for sql in many if sql.lstrip().startswith(("SELECT", "WITH", "DELETE"))]
    assert len(explained) >= 4
    for sql in explained:
        text = plan(sql.replace("%", "%%"))
        assert "SCAN spine_" not in text and "Seq Scan" not in text, f"{sql}\n{text}"
    vendor = connection.vendor
    print(f"\n{vendor}: with 20,000 future timers and jobs a round takes {ratio:.2f} times as long")
