"""L6: the database's clock decides what is due, and one that was set back keeps nothing waiting."""

from datetime import timedelta

import pytest
from django.db import connection

from okno.kit import clock
from okno.spine import SYSTEM, instants, queue, unit
from okno.spine.contract import job
from okno.spine.models import Job
from okno.spine.worker import Worker

HOUR = timedelta(hours=1)
LEASE = timedelta(seconds=31)


@pytest.fixture
def ran(own, db):
    """A job `test.do` that keeps its numbers, and for an odd one asks to come again in a minute."""
    found = []

    @job("test.do", tries=3)
    def do(run, number):
        found.append(number)
        if number % 2:
            raise queue.Again(60, "patience")

    return found


def enqueue(number, **more):
    with unit(SYSTEM, "test"):
        queue.enqueue("test.do", {"number": number}, **more)


def work():
    runs = queue.claim(local=False, limit=20)
    for run in runs:
        queue.perform([run])
    return [run.args["number"] for run in runs]


@pytest.mark.parametrize("back", [timedelta(seconds=30), HOUR, timedelta(days=30)])
def test_l6_nothing_stays_when_the_clock_is_set_back(ran, back):
    worker = Worker()
    with clock.moved(back):
        assert worker._watch_the_clock() == 0
        enqueue(2)
        assert len(queue.claim(local=False, limit=1)) == 1  # by a worker that dies now
        enqueue(3)
        assert work() == [3]
        enqueue(4)
        enqueue(6, run_at=clock.now() + timedelta(seconds=600))
    assert work() == [], "its clock says that nothing has come due yet"
    worker._watch_the_clock()
    assert work() == [4], "what was due is due"
    with clock.moved(LEASE):
        assert work() == [2], "a dead worker's job comes after one lease"
    with clock.moved(timedelta(seconds=65)):
        assert work() == [3], "the next try comes after its minute"
    with clock.moved(timedelta(seconds=595)):
        assert 6 not in work(), "what was to wait still waits"
    with clock.moved(timedelta(seconds=605)):
        assert 6 in work()


def test_l6_a_clock_set_back_while_nothing_ran_is_noticed_at_the_start(ran):
    with clock.moved(HOUR):
        enqueue(2)
    assert work() == []
    Worker()._watch_the_clock()
    assert work() == [2]


def test_l6_only_a_clock_that_goes_back_is_noticed(db):
    watch = instants.Watch()
    assert watch.look(), "nobody knows what happened before"
    assert not watch.look()
    with clock.moved(HOUR):
        assert not watch.look()
        with clock.moved(timedelta(seconds=-2)):
            assert watch.look()
            assert not watch.look()
        assert not watch.look()
    assert watch.look()


def test_l6_what_is_well_is_not_moved(ran):
    enqueue(2, run_at=clock.now() + HOUR)
    before = Job.objects.values_list("run_at", "set_at").get()
    assert instants.mend() == 0
    assert Job.objects.values_list("run_at", "set_at").get() == before


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite's clock is the machine's")
def test_l6_a_machine_whose_clock_is_ahead_takes_over_no_running_job(ran):
    enqueue(2)
    (theirs,) = queue.claim(local=False, limit=1)
    enqueue(4, run_at=clock.now() + timedelta(seconds=600))
    with clock.wrong(HOUR):
        assert work() == []
        queue.renew(theirs)
        enqueue(6, run_at=clock.now() + timedelta(seconds=600))
        enqueue(8)
    assert work() == [8]
    with clock.moved(timedelta(seconds=605)):
        # One of a dead worker comes alone.
        assert set(work() + work()) == {2, 4, 6}
