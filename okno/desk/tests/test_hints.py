"""Pages hear of counts when they are written, and of what was taken out of their sight."""

import asyncio

import pytest

from okno.desk import actions
from okno.spine import reading, trailing
from okno.spine.live import Hub, Stream


@pytest.fixture
def loop():
    made = asyncio.new_event_loop()
    yield made
    made.close()


def told(hub, start, *streams):
    """Offer the hints of what happened since; returns the last event's position."""
    events = reading.happened_after(start)
    for stream in streams:
        stream.offer(hub._hints(events))
    return events[-1].id


def read_all():
    while reading.read_once():
        pass


def test_counts_are_fetched_when_the_reader_has_passed_what_a_page_was_told(world, loop):
    read_all()
    start, bob, watch = reading.newest_id(), Stream(world.bob, loop), trailing.Watch()
    world.letter()
    end = told(Hub(), start, bob)
    watch.expect(end, ("desk.tallies",))
    assert watch.pause < 0.1
    bob.settle(watch.news())
    assert not bob.due
    read_all()
    bob.settle(watch.news())
    assert bob.due == {"counts"}
    assert watch.news() == {}
    line = loop.run_until_complete(bob.next())
    assert b'data: {"parts": ["counts"]}\n\n' in line


def test_C08_who_saw_it_hears_that_it_went_and_others_hear_nothing(world, loop):
    talk = world.letter().conversation
    world.do(actions.assign, world.alice, talk, world.bob)
    streams = {name: Stream(getattr(world, name), loop) for name in ("alice", "bob", "carol")}
    start = reading.newest_id()
    world.do(actions.set_subject, world.alice, talk, "Inside Support")
    start = told(Hub(), start, *streams.values())
    assert not streams["carol"].waiting
    assert not streams["carol"].owed.last
    world.do(actions.move_to_team, world.alice, talk, world.sales)
    streams["bob"].waiting.clear()
    told(Hub(), start, *streams.values())
    assert streams["bob"].waiting
    assert streams["carol"].waiting
    start = reading.newest_id()
    streams["bob"].waiting.clear()
    world.do(actions.set_subject, world.alice, talk, "Inside Sales")
    told(Hub(), start, *streams.values())
    assert not streams["bob"].waiting
