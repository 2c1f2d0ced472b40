"""The stream of a visitor, as its ASGI application: what it tells, and what it never tells."""

import asyncio
import contextlib
import json
import time

import pytest
from django.db import connections

from okno.desk import actions
from okno.desk import typing as keys
from okno.desk.models import Conversation, Message
from okno.portal.tests.guests import Visitor, make_channel, work
from okno.portal.widget.stream import stream
from okno.spine.models import Cursor
from tests.stands import streams


class Ear:
    """One open stream; what came is in `lines`."""

    def __init__(self, channel, token, origin="", method="GET"):
        headers = [(b"authorization", b"Bearer " + token.encode()), (b"host", b"testserver")]
        headers += [(b"origin", origin.encode())] if origin else []
        self.scope = {
            "method": method,
            "headers": headers,
            "query_string": b"key=" + channel.public_key.encode(),
        }
        self.text = ""
        self.status = 0
        self.headers = {}
        self.gone = asyncio.Event()

    async def send(self, message):
        if message["type"] == "http.response.start":
            self.status = message["status"]
            self.headers = dict(message["headers"])
        self.text += message.get("body", b"").decode()

    async def receive(self):
        await self.gone.wait()
        return {"type": "http.disconnect"}

    async def until(self, found, seconds=20):
        end = time.monotonic() + seconds
        while not found(self.text):
            assert time.monotonic() < end, f"waited in vain; came: {self.text!r}"
            await asyncio.sleep(0.02)

    def data(self):
        lines = [line for line in self.text.split("\n") if line.startswith("data: ")]
        return [json.loads(line[6:]) for line in lines]


class House(streams.House):
    """Opens the streams of visitors."""

    @contextlib.asynccontextmanager
    async def open(self, ear):
        task = asyncio.ensure_future(stream(self.hub, self.run, ear.scope, ear.receive, ear.send))
        try:
            yield ear
        finally:
            ear.gone.set()
            await asyncio.wait_for(task, 5)


@pytest.fixture
def house(live_world):
    house = House()
    yield house
    house.close()


@pytest.fixture
def visitor(live_world):
    channel = make_channel("widget", "Velobaza", live_world.support, typing_preview=True)
    visitor = Visitor(channel).start()
    visitor.write("Hello")
    work()
    return visitor


def in_its_thread(verb, *args, **more):
    def run():
        try:
            verb(*args, **more)
            work()
        finally:
            connections.close_all()

    return asyncio.to_thread(run)


def test_C07_a_visitor_hears_of_answers_and_of_nothing_else(live_world, house, visitor):
    """C03, D07: notes, assignments and other visitors do not even ring."""
    talk = Conversation.objects.get()
    other = Visitor(visitor.channel, address="198.51.100.3").start()
    world = live_world

    async def listen():
        async with house.open(Ear(visitor.channel, visitor.token)) as ear:
            await ear.until(lambda text: text.count("data:") == 1)
            await in_its_thread(world.do, actions.note, world.bob, talk, "SECRETNOTE")
            await in_its_thread(world.do, actions.assign, world.bob, talk, world.bob)
            await in_its_thread(other.write, "SECRETOTHER")
            await house.settle()
            assert ear.text.count("data:") == 1, ear.text
            await in_its_thread(world.do, actions.reply, world.bob, talk, actions.Body("Yes"))
            await ear.until(lambda text: text.count("data:") == 2)
            return ear

    ear = asyncio.run(listen())
    assert ear.status == 200
    newest = [line["newest"] for line in ear.data()]
    assert newest == [
        *Message.objects.filter(text="Hello").values_list("pk", flat=True),
        *Message.objects.filter(text="Yes").values_list("pk", flat=True),
    ]
    assert "SECRET" not in ear.text and "Bob" not in ear.text


def test_what_readers_keep_for_agents_wakes_no_visitor(live_world, house, visitor):
    """A visitor's page shows no counts: else each move of a reader would ask for it anew."""
    talk = Conversation.objects.get()
    at = dict.fromkeys(Cursor.objects.order_by("pk").values_list("reader", flat=True), 10**9)

    async def listen():
        async with house.open(Ear(visitor.channel, visitor.token)) as ear:
            await ear.until(lambda text: text.count("data:") == 1)
            (opened,) = house.hub.streams
            reply = actions.Body("Yes")
            await in_its_thread(live_world.do, actions.reply, live_world.bob, talk, reply)
            await ear.until(lambda text: text.count("data:") == 2)
            await house.settle()
            opened.settle(at)
            return opened.awake.is_set()

    assert at
    assert asyncio.run(listen()) is False


@pytest.mark.parametrize("last_id", ["0", "1", "-1", "999999", "%"])
def test_C07_a_replayed_cursor_brings_a_visitor_nothing_foreign(house, visitor, last_id):
    """Whatever id they come back with, they hear of their own last message and no other."""
    other = Visitor(visitor.channel, address="198.51.100.3").start()
    other.write("SECRETOTHER")
    work()

    async def listen():
        ear = Ear(visitor.channel, visitor.token)
        ear.scope["headers"].append((b"last-event-id", last_id.encode()))
        async with house.open(ear):
            await ear.until(lambda text: "data:" in text)
            await house.settle()
        return ear

    ear = asyncio.run(listen())
    own = Message.objects.get(text="Hello").pk
    assert ear.data() == [{"newest": own}] and "SECRET" not in ear.text


def test_a_newcomer_hears_of_the_answer_to_the_first_message(live_world, house):
    channel = make_channel("widget", "Velobaza", live_world.support)
    visitor = Visitor(channel).start()

    async def listen():
        async with house.open(Ear(channel, visitor.token)) as ear:
            await ear.until(lambda text: "retry:" in text)
            await in_its_thread(visitor.write, "First")
            await ear.until(lambda text: "newest" in text)

    asyncio.run(listen())


def test_typing_goes_both_ways_and_ends(house, visitor):
    talk = Conversation.objects.get()

    async def listen():
        async with house.open(Ear(visitor.channel, visitor.token)) as ear:
            await ear.until(lambda text: "newest" in text)
            await in_its_thread(keys.types, talk.pk, "agent:7", "Bob Tanner")
            await ear.until(lambda text: '"names": ["Bob"]' in text)
            await in_its_thread(keys.types, talk.pk, "agent:8", "Ann Note", is_note=True)
            await in_its_thread(keys.types, talk.pk, "agent:7", "Bob Tanner", stops=True)
            await ear.until(lambda text: '"names": []' in text)
            return ear

    text = asyncio.run(listen()).text
    assert "Tanner" not in text and "Ann" not in text
    keys.types(talk.pk, "agent:8", "Ann Note", stops=True)
    assert visitor("POST", "typing", {"text": "I would like to"})[0] == 204
    [typist] = keys.typists(talk.pk)
    assert (typist.who, typist.text) == (keys.CLIENT, "I would like to")
    visitor("POST", "typing", {"stops": True})
    assert keys.typists(talk.pk) == []


def test_what_is_typed_stays_with_the_visitor_unless_the_chat_says_so(live_world):
    channel = make_channel("widget", "Quiet", live_world.support)
    visitor = Visitor(channel).start()
    visitor.write("Hello")
    work()
    visitor("POST", "typing", {"text": "SECRET"})
    [typist] = keys.typists(Conversation.objects.get(channel=channel).pk)
    assert typist.text == ""


@pytest.mark.parametrize(
    ("origin", "method", "token", "status"),
    [
        ("", "GET", "forged.0", 401),
        ("https://evil.example", "GET", "", 403),
        ("https://evil.example", "OPTIONS", "", 403),
        ("http://testserver", "OPTIONS", "", 204),
        ("http://testserver", "GET", "", 401),
    ],
)
def test_C07_strangers_hear_nothing(house, visitor, origin, method, token, status):
    async def ask():
        ear = Ear(visitor.channel, token, origin, method)
        await stream(house.hub, house.run, ear.scope, ear.receive, ear.send)
        return ear

    ear = asyncio.run(ask())
    assert (ear.status, ear.text) == (status, "")
    allowed = ear.headers.get(b"access-control-allow-origin", b"").decode()
    assert allowed == (origin if "testserver" in origin else "")


def test_C07_a_channel_that_is_switched_off_ends_its_streams(live_world, house, visitor):
    async def listen():
        ear = Ear(visitor.channel, visitor.token)
        task = asyncio.ensure_future(stream(house.hub, house.run, ear.scope, ear.receive, ear.send))
        await ear.until(lambda text: "newest" in text)
        change = (actions.change_channel, live_world.alice, visitor.channel)
        await in_its_thread(live_world.do, *change, is_active=False)
        await in_its_thread(keys.types, number, "agent:1", "Bob")
        await asyncio.wait_for(task, 5)

    number = Conversation.objects.get().pk
    asyncio.run(listen())
