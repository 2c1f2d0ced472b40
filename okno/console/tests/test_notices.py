"""What the page of an agent rings for, as they chose it: chats, letters and forms too, nothing."""

import re

import pytest

from okno.access.actions import change_own
from okno.access.models import Notices
from okno.console.tests.conftest import browser_of
from okno.desk import actions
from okno.desk.actions import Body
from okno.desk.contract import Person
from okno.portal.tests.guests import Visitor, make_channel, work

pytestmark = pytest.mark.django_db


def rings(agent):
    """The mark that grows with each new word, how many nobody took, and the words of a notice."""
    page = browser_of(agent).get("/").content.decode()
    mark, untaken = re.search(r'data-ringing="(\d+)" data-untaken="(\d+)"', page).groups()
    return int(mark), int(untaken), re.search(r'data-words="([^"]*)"', page)[1]


def choose(world, notices):
    world.do(change_own, world.bob, world.bob, notices=notices)


def test_letters_ring_for_who_asked_for_it_once_and_only_while_the_client_waits(world):
    talk = world.letter().conversation
    assert rings(world.bob) == (0, 0, "There is a new message in a chat.")
    choose(world, Notices.ALL)
    first, untaken, words = rings(world.bob)
    assert first > 0 and untaken == 0 and words == "There is a new message."

    world.do(actions.assign, world.alice, talk, world.bob)
    assert rings(world.bob)[0] == first
    world.letter("And?")
    second = rings(world.bob)[0]
    assert second > first

    world.do(actions.forward, world.bob, talk, world.channel, Person("a@maker.example"), Body("?"))
    assert rings(world.bob)[0] == second, "one's own letter aside is no news"
    for found in talk.requester.conversations.all():
        world.do(actions.reply, world.bob, found, Body("It is on its way"))
    assert rings(world.bob)[0] == 0


def test_a_colleagues_letter_and_another_teams_do_not_ring(world):
    talk = world.letter().conversation
    choose(world, Notices.ALL)
    world.do(change_own, world.carol, world.carol, notices=Notices.ALL)
    assert rings(world.bob)[0] > 0
    assert rings(world.carol)[0] == 0
    world.do(actions.assign, world.alice, talk, world.alice)
    assert rings(world.bob)[0] == 0


def test_a_chat_rings_until_taken_unless_nothing_may(world):
    Visitor(make_channel("widget", "Velobaza", world.support)).start().write("Hello")
    work()
    mark, untaken, _ = rings(world.bob)
    assert mark > 0 and untaken == 1
    world.letter()
    choose(world, Notices.ALL)
    assert rings(world.bob)[0] > mark and rings(world.bob)[1] == 1
    choose(world, Notices.NONE)
    assert rings(world.bob)[:2] == (0, 0)


def test_the_choice_is_made_in_my_settings(world):
    browser = browser_of(world.bob)
    form = {"name": "Bob", "language": "en", "timezone": "UTC", "notices": "all"}
    assert browser.post("/settings/me/", form).status_code == 302
    world.bob.refresh_from_db()
    assert world.bob.notices == Notices.ALL
    assert '<option value="all" selected>' in browser.get("/settings/me/").content.decode()
    assert browser.post("/settings/me/", form | {"notices": "loud"}).status_code == 422
