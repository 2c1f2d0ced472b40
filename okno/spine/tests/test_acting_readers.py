"""Readers that act: where they begin, what they do not see, and how a loop of theirs ends."""

import threading

import pytest
from django.db import connection, connections, transaction
from django.test.utils import CaptureQueriesContext

from okno.spine import SYSTEM, current, event, reading, record, unit
from okno.spine.contract import reader
from okno.spine.models import Cursor, Event, Parked, Schedule
from okno.spine.units import NotInUnit, _append


@pytest.fixture
def thing(own):
    @event("thing.moved", subject="thing", sentence="Moved")
    class ThingMoved:
        thing: int
        number: int = 0

    return ThingMoved


@pytest.fixture
def other(own):
    @event("other.made", subject="other", sentence="Made")
    class OtherMade:
        other: int

    return OtherMade


def write(kind, *numbers):
    with unit(SYSTEM, "test"):
        for number in numbers:
            record(kind(1, number))


def read_all():
    while reading.read_once():
        pass


def acting(name, **how):
    """A reader that keeps the numbers of the events it took."""
    took = []

    @reader(name, on=("thing.*",), **how)
    def take(happened):
        took.append(happened.data["number"])

    return took


def test_a_reader_that_acts_must_say_where_it_begins(own):
    with pytest.raises(ValueError, match="say begins="):
        acting("test.silent")
    with pytest.raises(ValueError, match="begins with the log"):
        acting("test.torn", begins="now", clear=list)


@pytest.mark.django_db(transaction=True)
def test_a_new_one_handles_no_old_event_and_the_next(thing):
    write(thing, *range(1_000))
    old = acting("test.old", begins="log")
    read_all()
    new, rebuilt = acting("test.new", begins="now"), acting("test.rebuilt", clear=list)
    read_all()
    write(thing, 1_000)
    read_all()
    assert new == [1_000]
    assert old == rebuilt == list(range(1_001))


@pytest.mark.django_db(transaction=True)
def test_what_happens_before_its_first_look_is_not_lost(thing):
    write(thing, 1)
    took = acting("test.new", begins="now")
    reading.make_cursors()
    write(thing, 2)
    reading.make_cursors()
    read_all()
    assert took == [2]


@pytest.mark.django_db(transaction=True)
def test_on_an_empty_log_it_takes_the_first_event(thing):
    took = acting("test.new", begins="now")
    reading.make_cursors()
    assert reading.cursors() == {"test.new": 0}
    write(thing, 1)
    read_all()
    assert took == [1]


@pytest.mark.django_db(transaction=True)
def test_a_reader_that_stands_somewhere_stays_there(thing):
    write(thing, 1, 2)
    took = acting("test.new", begins="now")
    first = Event.objects.order_by("id").first()
    Cursor.objects.create(reader="test.new", last_id=first.pk)
    reading.make_cursors()
    read_all()
    assert took == [2]


@pytest.mark.django_db(transaction=True)
def test_what_is_not_committed_yet_when_it_begins_is_taken(thing):
    """Written by another process, with an id already, while this one puts the reader there."""
    if connection.vendor == "sqlite":
        pytest.skip("SQLite has one writer at a time, so the two cannot meet")
    write(thing, 1)
    took = acting("test.new", begins="now")
    appended, may_commit = threading.Event(), threading.Event()

    def write_slowly():
        with unit(SYSTEM, "test") as opened:
            record(thing(1, 2))
            _append(opened)
            opened.pending.clear()
            appended.set()
            may_commit.wait(10)
        connections.close_all()

    writer = threading.Thread(target=write_slowly)
    writer.start()
    assert appended.wait(10)
    reading.make_cursors()
    may_commit.set()
    writer.join(10)
    read_all()
    assert took == [2]


@pytest.fixture
def again(thing):
    """A reader that causes what it asks for, and leaves a row at each step."""

    @reader("test.again", on=("*",), begins="log", sees_own=True)
    def again(happened):
        number = happened.data.get("number", -1)
        Schedule.objects.create(name="step", key=f"{happened.id}", due_at=happened.at)
        if number < 100:
            record(thing(happened.subject_id, number))
        else:
            transaction.on_commit(lambda: later.append(number))

    later = []
    return later


@pytest.mark.django_db(transaction=True)
def test_a_loop_stops_with_an_event_and_its_subject_flows_on(thing, again):
    write(thing, 1)
    read_all()
    write(thing, 100)
    read_all()
    chain = Event.objects.filter(name="thing.moved", data__number=1).order_by("id")
    assert [row.depth for row in chain] == [0, 1, 2, 3, 4, 5]
    (stopped,) = Event.objects.filter(name="reader.loop_stopped")
    last = chain.last()
    assert (stopped.subject_type, stopped.subject_id) == ("thing", 1)
    assert (stopped.cause_id, stopped.via) == (last.id, "reader:test.again")
    assert (stopped.data["reader"], stopped.data["event"]) == ("test.again", last.id)
    assert not Parked.objects.exists()
    assert again == [100]
    done = set(Schedule.objects.values_list("key", flat=True))
    assert str(last.id) not in done and len(done) == 6, "of the step too far nothing stays"


@pytest.mark.django_db(transaction=True)
def test_a_loop_among_parked_events_is_stopped_at_their_retry(thing, own):
    bad = [True]

    @reader("test.again", on=("thing.*",), begins="log", sees_own=True)
    def again(happened):
        if bad[0] and happened.depth == 5:
            raise ValueError("not yet")
        if happened.data["number"] == 1:
            record(thing(1, 1))

    write(thing, 1)
    read_all()
    write(thing, 2)
    read_all()
    assert Parked.objects.count() == 2
    bad[0] = False
    assert reading.retry_parked("test.again", "thing", 1) == 2
    assert not Parked.objects.exists()
    assert Event.objects.filter(name="reader.loop_stopped").count() == 1


@pytest.fixture
def indirect(thing, other):
    """One reader makes others of things, a second makes things of others."""
    took = []

    def declare(**how):
        @reader("test.first", on=("thing.*",), begins="log", **how)
        def first(happened):
            took.append(happened.depth)
            record(other(1))

        @reader("test.second", on=("other.*",), begins="log")
        def second(happened):
            record(thing(1))

        write(thing, 1)
        read_all()
        return took

    return declare


@pytest.mark.django_db(transaction=True)
def test_a_reader_does_not_see_what_it_caused_by_way_of_another(indirect):
    assert indirect() == [0]
    assert Event.objects.filter(name="thing.moved").count() == 2


@pytest.mark.django_db(transaction=True)
def test_a_reader_that_asks_for_its_own_sees_it(indirect):
    # The second reader does not: what it makes at depth 2 comes back to it at depth 3.
    assert indirect(sees_own=True) == [0, 2]


@pytest.mark.django_db(transaction=True)
def test_a_rebuilt_reader_sees_what_it_caused(thing, other):
    took = []

    @reader("test.table", on=("*",), clear=took.clear)
    def table(happened):
        took.append(happened.name)
        if happened.name == "thing.moved":
            record(other(1))

    write(thing, 1)
    read_all()
    assert took == ["thing.moved", "other.made"]


@pytest.mark.django_db(transaction=True)
def test_causes_are_looked_up_only_where_readers_caused_what_readers_did(thing):
    """A batch of events that nobody caused, or one reader, costs no statement more."""
    took = acting("test.new", begins="log")
    asked = acting("test.sees", begins="log", sees_own=True)
    write(thing, 0)
    read_all()

    def statements(cause, depth):
        with unit(SYSTEM, "reader:test.other") as opened:
            opened.cause = cause
            record(thing(1, depth))
        with CaptureQueriesContext(connection) as found:
            assert reading.read_once()
        return len(found)

    (none,) = reading.happened_after(0)
    plain = statements(None, 0)
    (first,) = reading.happened_after(none.id)
    assert statements(first, 1) == plain
    (second,) = reading.happened_after(first.id)
    assert statements(second, 2) == plain + 1
    assert took == asked == [0, 0, 1, 2]


@pytest.mark.django_db(transaction=True)
def test_who_prepares_after_another_reads_outside_a_unit_what_that_one_wrote(thing):
    found = []

    @reader("test.first", on=("thing.*",), clear=list)
    def first(happened):
        Schedule.objects.create(name="first", key=str(happened.id), due_at=happened.at)

    def prepare(events):
        with pytest.raises(NotInUnit):
            current()
        return list(Schedule.objects.filter(key__in=[str(e.id) for e in events]))

    @reader("test.second", on=("thing.*",), begins="log", after=("test.first",), prepare=prepare)
    def second(rows):
        current()
        found.append(len(rows))

    @reader("test.third", on=("thing.*",), begins="log", after=("test.second",))
    def third(happened):
        found.append("third")

    write(thing, 1, 2, 3)
    assert reading.read_once() == 9
    assert found == [3, "third", "third", "third"]


@pytest.mark.django_db(transaction=True)
def test_a_failure_in_the_later_unit_parks_its_own_only(thing):
    """What the first unit did stays; the second is taken event by event."""
    first = []

    @reader("test.first", on=("thing.*",), begins="log")
    def go(happened):
        first.append(happened.data["number"])

    def prepare(events):
        if any(e.data["number"] == 2 for e in events):
            raise ValueError("cannot prepare 2")
        return [e.data["number"] for e in events]

    second = []
    reader("test.second", on=("thing.*",), begins="log", after=("test.first",), prepare=prepare)(
        second.extend
    )
    write(thing, 1, 2, 3)
    read_all()
    assert (first, second) == ([1, 2, 3], [1])
    assert Parked.objects.filter(reader="test.second").count() == 2
    assert reading.lags() == [reading.Lag("test.first", 0, 0), reading.Lag("test.second", 0, 2)]


@pytest.mark.django_db(transaction=True)
def test_all_others_share_one_unit(thing):
    """A commit costs more than what most readers do."""
    acting("test.first", begins="log")
    acting("test.second", begins="log", after=("test.first",))
    reader("test.third", on=("thing.*",), clear=list, prepare=len)(lambda made: None)
    reader("test.fourth", on=("other.*",), begins="log", after=("test.second",), prepare=len)(
        lambda made: None
    )
    write(thing, 1)
    reading.cursors()
    with CaptureQueriesContext(connection) as found:
        assert reading.read_once() == 4
    assert sum("UPDATE spine_cursor" in query["sql"] for query in found) == 1
