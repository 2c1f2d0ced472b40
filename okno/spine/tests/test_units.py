"""What a unit of work promises: all or nothing, one at a time, and what may stand in the log."""

import sqlite3
import threading

import pytest
from django.db import connection

from okno.spine import SYSTEM, current, event, reading, record, unit
from okno.spine.contract import reader
from okno.spine.models import Event, Parked
from okno.spine.units import NotInUnit


@pytest.fixture
def moved(own):
    @event("thing.moved", subject="thing", sentence="Moved")
    class ThingMoved:
        thing: int
        where: object = None

    return ThingMoved


def test_an_event_names_its_subject_actor_door_and_data(db, moved):
    with unit(SYSTEM, "test"):
        record(moved(7, ["left", 2, None, True]))
    row = Event.objects.get()
    assert (row.name, row.subject_type, row.subject_id) == ("thing.moved", "thing", 7)
    assert (row.actor_type, row.actor_id, row.via, row.depth) == ("system", None, "test", 0)
    assert row.data == {"thing": 7, "where": ["left", 2, None, True]}


def test_recording_outside_a_unit_is_refused(db, moved):
    with pytest.raises(NotInUnit):
        record(moved(1))
    with pytest.raises(NotInUnit):
        current()


def test_units_do_not_nest(db, moved):
    with unit(SYSTEM, "test"), pytest.raises(RuntimeError, match="do not nest"), unit(SYSTEM, "b"):
        pass  # pragma: no cover
    with unit(SYSTEM, "test"):
        record(moved(1))
    assert Event.objects.count() == 1


def test_each_thread_has_a_unit_of_its_own(own):
    seen = []

    def look():
        try:
            current()
        except NotInUnit:
            seen.append("none here")

    thread = threading.Thread(target=look)
    thread.start()
    thread.join()
    assert seen == ["none here"]


def test_a_unit_that_fails_records_nothing(db, moved):
    with pytest.raises(ZeroDivisionError), unit(SYSTEM, "test"):
        record(moved(1))
        raise ZeroDivisionError
    assert not Event.objects.exists()
    with pytest.raises(NotInUnit):
        current()


@pytest.mark.parametrize(
    "text",
    ["two words", "dan@client.example", "Иван", "a" * 65, "a\nb", {"a": 1}, ["fine", "not fine"]],
)
def test_what_may_be_personal_never_enters_the_log(db, moved, text):
    with pytest.raises(ValueError, match="'where' may hold ids"), unit(SYSTEM, "test"):
        record(moved(1))
        record(moved(1, text))
    assert not Event.objects.exists()


def test_an_object_that_is_no_event_is_refused(db, own):
    with unit(SYSTEM, "test"), pytest.raises(TypeError, match="declare it with @event"):
        record("something")


def test_a_key_lets_an_event_happen_once(db, moved):
    for number in (1, 2):
        with unit(SYSTEM, "test"):
            record(moved(number), key="once")
            record(moved(number))
    assert list(Event.objects.order_by("id").values_list("subject_id", flat=True)) == [1, 1, 2]


def test_a_unit_may_record_more_than_one_statement_holds(db, moved):
    if connection.vendor == "sqlite":  # as SQLite is built by default; Debian allows more
        connection.connection.setlimit(sqlite3.SQLITE_LIMIT_VARIABLE_NUMBER, 32_766)
    with unit(SYSTEM, "test"):
        for number in range(3_000):
            record(moved(number))
    subjects = list(Event.objects.order_by("id").values_list("subject_id", flat=True))
    assert subjects == list(range(3_000))


def test_a_chain_of_causes_ends_after_five_steps(db, moved):
    @reader("test.again", on=("thing.moved",), begins="log", sees_own=True)
    def again(happened):
        record(moved(happened.subject_id))

    with unit(SYSTEM, "test"):
        record(moved(1))
    while reading.read_once():
        pass
    *chain, stopped = Event.objects.order_by("id").values_list("depth", "cause_id", "id")
    assert [depth for depth, _, _ in chain] == [0, 1, 2, 3, 4, 5]
    assert [cause for _, cause, _ in chain] == [None, *(id_ for _, _, id_ in chain[:-1])]
    assert stopped[:2] == (6, chain[-1][2])
    assert not Parked.objects.exists()
