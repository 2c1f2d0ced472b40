"""The client's stage bar says the same on the page of a request and in the chat."""

import re

import pytest
from django.core.cache import cache

from okno.desk import actions
from okno.desk.client_stage import Stage, client_stage, sources
from okno.desk.models import Conversation
from okno.portal.form import pages
from okno.portal.tests.forms import Person
from okno.portal.tests.guests import Visitor, make_channel, work
from tests.instead import instead

pytestmark = pytest.mark.django_db
WORDS = {"Received": "received", "In work": "work", "Waiting for you": "waiting"}
WORDS["Solved"] = "solved"


def answered(world, talk):
    world.do(actions.reply, world.bob, talk, actions.Body("Here it is"))
    work()


def answered_and_asked_again(world, talk):
    answered(world, talk)
    talk.refresh_from_db()
    world.do(actions.set_status, world.bob, talk, "open")
    talk.refresh_from_db()
    world.do(actions.assign, world.bob, talk, None)


LIFE = [
    (lambda world, talk: None, "received"),
    (lambda world, talk: world.do(actions.note, world.bob, talk, "Look"), "received"),
    (lambda world, talk: world.do(actions.assign, world.bob, talk, world.bob), "work"),
    (answered, "waiting"),
    (answered_and_asked_again, "work"),
    (lambda world, talk: world.do(actions.set_status, world.bob, talk, "solved"), "solved"),
    (lambda world, talk: world.do(actions.set_status, world.bob, talk, "pending"), "waiting"),
]


@pytest.fixture
def clients(world):
    """What a page of a request and a chat say of their conversations, both as their clients."""
    cache.clear()
    visitor = Visitor(make_channel("widget", "Velobaza", world.support)).start()
    visitor.write("Where is it?")
    with instead(pages, WAIT_SECONDS=0.0):
        person = Person(make_channel("form", "Velobaza", world.support))
        url = person.request()

    def on_page():
        html = person.page(url).content.decode()
        found = re.search(r'is-now" aria-current="step">.*?</span><span>([\w ]+)</span>', html)
        return WORDS[found[1]]

    return {"form": on_page, "widget": lambda: visitor("GET", "messages")[1]["stage"]}


@pytest.mark.parametrize(("happens", "stage"), LIFE)
def test_a_request_and_a_chat_are_said_to_stand_alike(world, clients, happens, stage):
    for kind, said in clients.items():
        happens(world, Conversation.objects.get(channel__kind=kind))
        assert said() == stage, kind


def test_a_room_that_knows_more_says_it_on_both(world, clients):
    talk = Conversation.objects.get(channel__kind="widget")
    with instead(sources, _items={}):
        sources.add("nothing", lambda conversation: None)
        sources.add("route", lambda c: Stage.WORK if c.channel.kind == "widget" else None)
        assert (clients["widget"](), clients["form"]()) == ("work", "received")
    assert client_stage(talk) == Stage.RECEIVED
