"""Jobs in rows: keys, tries, lanes and what a person can do about them."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from okno.kit import clock
from okno.spine import SYSTEM, queue, unit
from okno.spine.contract import job
from okno.spine.models import Job
from okno.spine.worker import Worker

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


@pytest.fixture
def ran(own, db):
    """A job `test.do` (3 tries) that keeps its numbers and raises what `ran.raising` holds."""

    class Ran(list):
        raising: Exception | None = None
        is_ended_in_unit = False
        meanwhile = None

    found = Ran()

    @job("test.do", tries=3)
    def do(run, number):
        found.append(number)
        if found.meanwhile:
            found.meanwhile()
        if found.raising:
            raise found.raising
        if found.is_ended_in_unit:
            with unit(SYSTEM, "job"):
                run.done()

    return found


def enqueue(number=1, **more):
    with unit(SYSTEM, "test"):
        queue.enqueue("test.do", {"number": number}, **more)


def work(limit=1):
    runs = queue.claim(local=False, limit=limit)
    for run in runs:
        queue.perform([run])
    return len(runs)


def test_a_job_runs_once_and_is_gone(ran):
    enqueue(7)
    assert (work(), work(), ran) == (1, 0, [7])
    assert not Job.objects.exists()


def test_a_second_one_of_a_waiting_key_is_not_added(ran):
    enqueue(1, key="a")
    enqueue(2, key="a")
    assert (work(limit=9), ran) == (1, [1])


@pytest.mark.parametrize("is_ended_in_unit", [False, True])
def test_one_asked_for_while_it_runs_runs_once_more(ran, is_ended_in_unit):
    ran.is_ended_in_unit = is_ended_in_unit
    ran.meanwhile = lambda: enqueue(1, key="a")
    enqueue(1, key="a")
    assert work() == 1
    ran.meanwhile = None
    assert (work(), work(), ran) == (1, 0, [1, 1])
    assert not Job.objects.exists()


def test_a_failing_job_waits_longer_each_time_and_fails_after_its_tries(ran):
    ran.raising = ValueError("the letter is odd")
    with clock.held_at(NOON):
        enqueue()
    for seconds in (0, 5, 15):
        with clock.held_at(NOON + timedelta(seconds=seconds - 1)):
            assert work() == 0
        with clock.held_at(NOON + timedelta(seconds=seconds)):
            assert work() == 1
    row = Job.objects.get()
    assert (row.attempts, row.failed_at) == (3, NOON + timedelta(seconds=15))
    assert row.error.endswith("ValueError"), "its class and place (M7)"
    assert "the letter is odd" not in row.error and "test_jobs.py" in row.error
    with clock.moved(timedelta(days=365)):
        assert work() == 0


def test_again_is_not_counted_as_a_try(ran):
    ran.raising = queue.Again(60, "the server asks for patience")
    with clock.held_at(NOON):
        enqueue()
    for minute in range(10):
        with clock.held_at(NOON + timedelta(minutes=minute)):
            assert (work(), work()) == (1, 0)
    row = Job.objects.get()
    assert (row.attempts, row.failed_at, row.holder) == (0, None, "")


@pytest.mark.parametrize("wish", ["retry", "hurry"])
def test_a_person_gives_a_failed_job_its_tries_again(ran, wish):
    ran.raising = ValueError("no")
    enqueue(key="a")
    for _ in range(3):
        Job.objects.update(run_at=clock.now())
        work()
    row = Job.objects.get()
    assert row.failed_at is not None
    queue.retry(row.id) if wish == "retry" else queue.hurry("a")
    ran.raising = None
    assert (work(), len(ran)) == (1, 4)
    assert not Job.objects.exists()


def test_a_dead_workers_jobs_are_taken_over_one_at_a_time(ran):
    """One of them may be what killed it; the others must not use up their tries with it."""
    for number in range(5):
        enqueue(number)
    assert len(queue.claim(local=False, limit=20)) == 5
    assert queue.claim(local=False, limit=20) == []
    enqueue(5)
    with clock.moved(timedelta(seconds=31)):
        enqueue(6)
        sizes = []
        while runs := queue.claim(local=False, limit=20):
            sizes.append(len(runs))
    assert sorted(sizes) == [1, 1, 1, 1, 1, 2]


def test_a_lost_lease_shows_when_the_work_is_done(ran):
    enqueue()
    (first,) = queue.claim(local=False, limit=1)
    with clock.moved(timedelta(seconds=31)):
        (second,) = queue.claim(local=False, limit=1)
    with pytest.raises(queue.LostLease), unit(SYSTEM, "job"):
        first.done()
    queue.perform([first])
    assert Job.objects.get().holder == second.holder, "the late one touches nothing"
    queue.perform([second])
    assert not Job.objects.exists()


def test_a_renewed_lease_holds(ran):
    enqueue()
    (run,) = queue.claim(local=False, limit=1)
    with clock.moved(timedelta(seconds=20)):
        queue.renew(run)
    with clock.moved(timedelta(seconds=45)):
        assert queue.claim(local=False, limit=1) == []


def test_a_released_job_is_due_at_once_and_no_try_poorer(ran):
    enqueue()
    (run,) = queue.claim(local=False, limit=1)
    queue.release(run)
    (again,) = queue.claim(local=False, limit=1)
    assert again.attempts == 1


def test_a_job_of_unknown_name_is_left_for_a_newer_process(ran):
    """An older process beside a newer one must not use up the tries of what it cannot do."""
    enqueue()
    Job.objects.update(name="test.newer")
    enqueue(2)
    assert work(limit=9) == 1
    assert ran == [2]
    row = Job.objects.get()
    assert (row.failed_at, row.attempts, row.holder, row.error) == (None, 0, "", "")


def test_a_full_lane_is_passed_over(ran):
    enqueue(1, lane="slow")
    enqueue(2, lane="slow")
    enqueue(3, lane="quick")
    (run,) = queue.claim(local=False, limit=9, lanes={"slow": 2, "other": 2})
    assert run.args == {"number": 3}


def test_one_claim_takes_no_more_of_a_lane_than_fit(ran):
    for number in range(5):
        enqueue(number, lane="slow")
    enqueue(5)
    enqueue(6, lane="quick")
    numbers = [run.args["number"] for run in queue.claim(local=False, limit=9, lanes={"slow": 1})]
    assert numbers == [0, 5, 6]


def test_all_free_threads_are_served_by_one_claim(ran):
    for number in range(6):
        enqueue(number)
    worker = Worker()
    with CaptureQueriesContext(connection) as asked:
        assert worker._hand_out() == 6
    assert len([q for q in asked if "UPDATE spine_job" in q["sql"]]) == 1
    assert worker._hand_out() == 0


def test_what_a_worker_could_not_end_is_not_renewed_for_ever(ran):
    """The database goes away in the middle of a batch: the rest must come due again."""
    for number in range(3):
        enqueue(number)
    worker = Worker()
    ran.raising = SystemExit()
    with pytest.raises(SystemExit):
        worker._work(worker.running.take(local=False, limit=20))
    with clock.moved(timedelta(seconds=20)):
        worker.running.renew_all()
    ran.raising = None
    with clock.moved(timedelta(seconds=31)):
        while work():
            pass
    assert sorted(ran) == [0, 0, 1, 2]
