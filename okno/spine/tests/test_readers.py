"""Readers: each event once, one bad event holds up its own subject only, and replay is the same."""

import threading
from collections import defaultdict

import pytest
from django.db import OperationalError, connection, connections, transaction

from okno.spine import SYSTEM, event, reading, record, unit
from okno.spine.contract import reader
from okno.spine.models import Cursor, Event, Parked, Schedule


@pytest.fixture
def thing(own):
    @event("thing.moved", subject="thing", sentence="Moved")
    class ThingMoved:
        thing: int
        number: int

    return ThingMoved


def write(kind, *pairs, each=False):
    """Events (subject, number), in one unit or each in its own."""
    for some in [[pair] for pair in pairs] if each else [pairs]:
        with unit(SYSTEM, "test"):
            for subject, number in some:
                record(kind(subject, number))


def read_all():
    while reading.read_once():
        pass


@pytest.fixture
def taken(thing):
    """A reader that keeps numbers by subject and fails at those in `taken.bad`."""

    class Taken(defaultdict):
        def __init__(self):
            super().__init__(list)
            self.bad, self.calls = set(), []

    found = Taken()

    @reader("test.taken", on=("thing.*",), begins="log")
    def take(happened):
        number = happened.data["number"]
        found.calls.append(number)
        if number in found.bad:
            raise ValueError(f"cannot take {number}")
        transaction.on_commit(lambda: found[happened.subject_id].append(number))

    return found


@pytest.mark.django_db(transaction=True)
def test_a_bad_event_parks_its_subject_and_the_rest_flows(thing, taken):
    taken.bad = {2}
    write(thing, (1, 1), (1, 2), (2, 3), (1, 4), (2, 5))
    read_all()
    write(thing, (1, 6), (2, 7))
    read_all()
    assert dict(taken) == {1: [1], 2: [3, 5, 7]}
    rows = Parked.objects.order_by("event_id")
    assert [row.subject_id for row in rows] == [1, 1, 1]
    assert rows[0].error.endswith("ValueError")
    assert [row.error for row in rows[1:]] == ["", ""], "those behind it were not tried"
    assert reading.lags() == [reading.Lag("test.taken", 0, 3)]


@pytest.mark.django_db(transaction=True)
def test_a_retry_takes_the_parked_in_order(thing, taken):
    taken.bad = {2}
    write(thing, (1, 1), (1, 2), (1, 3), (5, 4), (1, 5))
    read_all()
    with pytest.raises(ValueError, match="cannot take 2"):
        reading.retry_parked("test.taken", "thing", 1)
    assert Parked.objects.count() == 3
    taken.bad = {5}
    with pytest.raises(ValueError, match="cannot take 5"):
        reading.retry_parked("test.taken", "thing", 1)
    assert (taken[1], Parked.objects.count()) == ([1, 2, 3], 1)
    taken.bad = set()
    assert reading.retry_parked("test.taken", "thing", 1) == 1
    write(thing, (1, 6))
    read_all()
    assert dict(taken) == {1: [1, 2, 3, 5, 6], 5: [4]}
    assert not Parked.objects.exists()


@pytest.mark.django_db(transaction=True)
def test_a_failed_batch_is_taken_one_by_one(thing, taken):
    taken.bad = {4}
    write(thing, *[(number, number) for number in range(8)])
    read_all()
    assert sorted(taken) == [0, 1, 2, 3, 5, 6, 7]
    # With all readers, then alone, then event by event.
    assert taken.calls == [0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 0, 1, 2, 3, 4, 5, 6, 7]


@pytest.mark.django_db(transaction=True)
def test_a_database_that_is_away_parks_nothing(thing):
    away = [True]
    numbers = []

    @reader("test.away", on=("thing.*",), begins="log")
    def take(happened):
        if away[0]:
            raise OperationalError("the server closed the connection")
        numbers.append(happened.data["number"])

    write(thing, (1, 1), (1, 2))
    with pytest.raises(OperationalError):
        reading.read_once()
    assert not Parked.objects.exists()
    assert Cursor.objects.get(reader="test.away").last_id == 0
    away[0] = False
    read_all()
    assert numbers == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_a_reader_never_passes_those_that_go_first(thing):
    order, blocked = [], [True]

    @reader("test.second", on=("thing.*",), begins="log", after=("test.first",))
    def second(happened):
        assert Cursor.objects.get(reader="test.first").last_id >= happened.id
        order.append(("second", happened.data["number"]))

    @reader("test.first", on=("thing.*",), begins="log")
    def first(happened):
        if blocked[0] and happened.data["number"] > 100:
            raise OperationalError("not now")
        order.append(("first", happened.data["number"]))

    write(thing, *[(1, number) for number in range(250)])
    with pytest.raises(OperationalError):
        read_all()
    # The first batch, 0 to 99, went through both; the second waits for the first reader.
    assert [number for who, number in order if who == "second"] == list(range(100))
    with pytest.raises(OperationalError):
        reading.read_once()
    blocked[0] = False
    read_all()
    assert [number for who, number in order if who == "second"] == list(range(250))
    at = reading.cursors()
    assert at["test.first"] == at["test.second"] == reading.newest_id()


def test_readers_that_wait_for_each_other_are_refused(db, own):
    @reader("test.a", on=("*",), begins="log", after=("test.b",))
    def a(happened):
        pass

    @reader("test.b", on=("*",), begins="log", after=("test.a",))
    def b(happened):
        pass

    with pytest.raises(ValueError, match="wait for each other"):
        reading.read_once()


@pytest.mark.django_db(transaction=True)
def test_what_a_reader_does_carries_its_cause(thing, own):
    @event("echo.heard", subject="echo")
    class EchoHeard:
        echo: int

    @reader("test.echo", on=("thing.*",), begins="log")
    def echo(happened):
        record(EchoHeard(happened.data["number"]))

    write(thing, (1, 10), (1, 11), (2, 12))
    read_all()
    causes = dict(Event.objects.filter(name="thing.moved").values_list("data__number", "id"))
    for echo_row in Event.objects.filter(name="echo.heard"):
        assert (echo_row.cause_id, echo_row.depth) == (causes[echo_row.subject_id], 1)
        assert echo_row.via == "reader:test.echo"


@pytest.fixture
def counting(thing):
    """A reader with a table that can be rebuilt: one row for each subject, counting up."""

    def clear():
        Schedule.objects.filter(name="count").delete()

    def count(happened):
        row, _ = Schedule.objects.get_or_create(
            key=str(happened.subject_id), defaults={"name": "count", "due_at": happened.at}
        )
        Schedule.objects.filter(id=row.id).update(attempts=row.attempts + 1)

    return reader("test.count", on=("thing.*",), clear=clear)(count)


def counts():
    return dict(Schedule.objects.filter(name="count").values_list("key", "attempts"))


@pytest.mark.django_db(transaction=True)
def test_a_rebuilt_table_equals_the_one_before(thing, counting):
    write(thing, *[(number % 7, number) for number in range(230)])
    read_all()
    before = counts()
    assert sum(before.values()) == 230
    assert reading.rebuild("test.count") == 230
    assert counts() == before
    read_all()
    assert counts() == before


@pytest.mark.django_db(transaction=True)
def test_a_reader_that_never_ran_can_be_rebuilt(thing, counting):
    write(thing, *[(1, number) for number in range(5)])
    assert reading.rebuild("test.count") == 5
    assert counts() == {"1": 5}


def test_a_reader_without_clear_is_not_rebuilt(db, taken):
    with pytest.raises(ValueError, match="cannot be rebuilt"):
        reading.rebuild("test.taken")


@pytest.mark.django_db(transaction=True)
def test_a_rebuild_never_passes_those_that_go_first(thing):
    numbers = []

    @reader("test.first", on=("nothing.*",), begins="log")
    def first(happened):
        pass

    @reader(
        "test.second", on=("thing.*",), begins="log", after=("test.first",), clear=numbers.clear
    )
    def second(happened):
        numbers.append(happened.data["number"])

    write(thing, (1, 1), (1, 2))
    read_all()
    write(thing, (1, 3))
    assert reading.rebuild("test.second") == 2
    assert numbers == [1, 2]


@pytest.mark.django_db(transaction=True)
def test_a_rebuild_beside_a_running_reader_counts_nothing_twice(thing, counting):
    """The reader has written and not committed when the rebuild begins."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer at a time, so the two cannot meet")
    write(thing, *[(1, number) for number in range(10)])
    reading.cursors()
    written, may_commit = threading.Event(), threading.Event()

    def read_slowly():
        with unit(SYSTEM, "test"):
            batch = reading.happened_after(0)
            Cursor.objects.filter(reader="test.count").update(last_id=batch[-1].id)
            for happened in batch:
                counting(happened)
            written.set()
            may_commit.wait(10)
        connections.close_all()

    def rebuild():
        reading.rebuild("test.count")
        connections.close_all()

    threads = [threading.Thread(target=read_slowly), threading.Thread(target=rebuild)]
    threads[0].start()
    assert written.wait(10)
    threads[1].start()
    threads[1].join(0.5)
    may_commit.set()
    for thread in threads:
        thread.join(20)
    assert counts() == {"1": 10}
