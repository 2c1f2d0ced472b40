"""In whose name an event stands in the log: the verb's, wherever it is called."""

from dataclasses import dataclass

import pytest

from okno.spine import SYSTEM, event, reading, record, unit, verb
from okno.spine.contract import reader
from okno.spine.models import Event


@dataclass(frozen=True)
class Person:
    actor_id: int
    actor_type: str = "agent"


BOB, CAROL = Person(1), Person(2)


@pytest.fixture
def moved(own):
    @event("thing.moved", subject="thing", sentence="Moved")
    class ThingMoved:
        thing: int

    return ThingMoved


def actors():
    """Who did what, by subject."""
    rows = Event.objects.order_by("id").values_list("subject_id", "actor_type", "actor_id")
    return {subject: (kind, pk) for subject, kind, pk in rows}


def test_a_verb_in_a_unit_of_the_product_is_its_own_actors(db, moved):
    @verb
    def move(actor, number):
        record(moved(number))

    with unit(SYSTEM, "test"):
        move(BOB, 1)
        record(moved(2))
        move(CAROL, 3)
        move(SYSTEM, 4)
    system = ("system", None)
    assert actors() == {1: ("agent", 1), 2: system, 3: ("agent", 2), 4: system}


def test_a_verb_within_a_verb_leaves_no_wrong_actor_behind(db, moved):
    @verb
    def inner(actor, number):
        record(moved(number))

    @verb
    def outer(actor, number):
        inner(SYSTEM, number)
        record(moved(number + 1))
        inner(CAROL, number + 2)
        record(moved(number + 3))

    with unit(SYSTEM, "test"):
        outer(BOB, 1)
        outer(SYSTEM, 11)
    assert {actors()[number] for number in (1, 2, 3, 4)} == {("agent", 1)}
    system = ("system", None)
    assert [actors()[n] for n in (11, 12, 13, 14)] == [system, system, ("agent", 2), system]


def test_a_verb_that_fails_leaves_no_wrong_actor_behind(db, moved):
    @verb
    def fail(actor):
        raise ValueError("no")

    with unit(SYSTEM, "test"):
        with pytest.raises(ValueError, match="no"):
            fail(BOB)
        record(moved(1))
    assert actors() == {1: ("system", None)}


def test_in_a_unit_of_somebody_all_is_theirs(db, moved):
    """A key of Bob's is named in the log also where a verb is given Bob himself."""

    @verb
    def move(actor, number):
        record(moved(number))

    with unit(Person(7, "token"), "api"):
        move(BOB, 1)
        move(SYSTEM, 2)
    assert actors() == {1: ("token", 7), 2: ("token", 7)}


@pytest.mark.django_db(transaction=True)
def test_a_verb_called_by_a_reader_is_its_own_actors(moved):
    @verb
    def move(actor, number):
        record(moved(number))

    @reader("test.rule", on=("thing.*",), begins="log")
    def rule(happened):
        move(BOB, happened.subject_id + 10)

    with unit(SYSTEM, "test"):
        record(moved(1))
    while reading.read_once():
        pass
    assert actors() == {1: ("system", None), 11: ("agent", 1)}
