"""A conversation with more events than one page: the newest are shown, the others on asking."""

import re

import pytest

from okno.console.tests.conftest import browser_of
from okno.desk import actions, threads
from okno.spine import unit

pytestmark = pytest.mark.django_db
MANY = threads.EVENTS * 2 + 7


@pytest.fixture
def talk(world):
    """Subjects and one tag at the very beginning, then priorities for long."""
    found = world.letter().conversation
    world.do(actions.add_tag, world.bob, found, "first-of-all")
    with unit(world.bob, "test"):
        for number in range(MANY):
            actions.set_priority(world.bob, found, 1 + number % 2)
    world.do(actions.assign, world.bob, found, world.alice)
    return found


def test_the_newest_events_are_the_ones_that_are_shown(world, talk):
    events, has_earlier = threads.timeline(talk)
    assert has_earlier and len(events) == threads.EVENTS
    assert events[-1].name == "conversation.assigned"
    assert [event.id for event in events] == sorted(event.id for event in events)
    everything, has_earlier = threads.timeline(talk, threads.EVENTS * 4)
    assert not has_earlier and everything[0].name == "conversation.opened"
    assert everything[-threads.EVENTS :] == events


def test_earlier_events_are_reached_and_stay_where_they_were_asked_for(world, talk):
    browser = browser_of(world.bob)
    url, seen = f"/conversations/{talk.pk}/", []
    while url:
        page = browser.get(url).content.decode()
        assert "Assigned to Alice" in page
        seen.append("Tag added: first-of-all" in page)
        more = re.search(r'href="(/conversations/\d+/\?events=\d+)"', page)
        url = more[1] if more else ""
        # A region that is drawn anew shows as many as the page did.
        region = re.search(r'data-live-url="(/conversations/\d+/part/messages[^"]*)"', page)[1]
        again = browser.get(region).content.decode()
        assert ("Tag added: first-of-all" in again) == seen[-1]
    assert seen == [False, False, True]


@pytest.mark.parametrize("asked", ["²", "-1", "0", "", "9" * 30, "1", "501", "9" * 18])
def test_any_number_that_is_asked_for_is_answered(world, talk, asked):
    browser = browser_of(world.bob)
    answer = browser.get(f"/conversations/{talk.pk}/part/messages?events={asked}")
    assert answer.status_code == 200
    assert "Assigned to Alice" in answer.content.decode()
