"""The console's stream, as its ASGI application: what passes is heard only by who may see it."""

import asyncio
import contextlib
import json

import pytest
from django.conf import settings

from okno.access.actions import change_agent
from okno.console.live import live
from okno.console.tests.conftest import browser_of
from okno.desk import looking
from okno.desk import typing as keys
from tests.stands import streams


class House(streams.House):
    """Opens the streams of the console."""

    @contextlib.asynccontextmanager
    async def open(self, key):
        """The parts of the hints that come to the browser with this session."""
        heard, gone = [], asyncio.Event()

        async def send(message):
            for line in message.get("body", b"").decode().split("\n"):
                if line.startswith("data: "):
                    heard.append(json.loads(line[6:]))

        async def receive():
            await gone.wait()
            return {"type": "http.disconnect"}

        cookie = f"{settings.SESSION_COOKIE_NAME}={key}".encode()
        scope = {"type": "http", "method": "GET", "headers": [(b"cookie", cookie)]}
        task = asyncio.ensure_future(live(self.hub, self.run, scope, receive, send))
        while not (task.done() or self.hub.streams):
            await asyncio.sleep(0.005)
        await self.settle()
        try:
            yield heard
        finally:
            gone.set()
            # A line that wakes the stream, which else sleeps until its next beat.
            self.hub.stop()
            await asyncio.wait_for(task, 5)


@pytest.fixture
def house(live_world):
    made = House()
    yield made
    made.close()


def session_of(agent):
    return browser_of(agent).cookies[settings.SESSION_COOKIE_NAME].value


def listened(house, key, *steps):
    """What each step made the stream say."""

    async def run():
        said = []
        async with house.open(key) as heard:
            for step in steps:
                del heard[:]
                await house.run(step)
                await house.settle()
                said.append(list(heard))
        return said

    return asyncio.run(run())


def test_C07_only_who_looks_and_may_see_hears_what_passes(live_world, house):
    world = live_world
    talk = world.letter().conversation
    other = world.letter(who="eve").conversation
    looking.looks(talk.pk, world.bob, "tab")

    def types(conversation, text):
        return lambda: keys.types(conversation.pk, keys.CLIENT, "Dan", text)

    def hide():
        talk.team = world.sales
        talk.save()

    there, elsewhere, hidden, foreign = listened(
        house,
        session_of(world.bob),
        types(talk, "SECRET"),
        types(other, "SECRET"),
        hide,
        types(talk, "SECRET again"),
    )
    assert there == [{"conversation": talk.pk, "parts": ["here"]}]
    assert elsewhere == hidden == foreign == []


def test_C07_a_line_on_the_board_opens_nothing_for_who_must_not_see(live_world, house):
    """Carol's tab is on the board, as if her page had been there before the team changed."""
    world = live_world
    talk = world.letter().conversation
    looking.looks(talk.pk, world.carol, "tab")
    key = session_of(world.carol)
    [said] = listened(house, key, lambda: keys.types(talk.pk, keys.CLIENT, "Dan", "SECRET"))
    assert said == []


def test_C07_who_is_switched_off_hears_nothing_more(live_world, house):
    world = live_world
    talk = world.letter().conversation
    looking.looks(talk.pk, world.bob, "tab")
    key = session_of(world.bob)
    off, after = listened(
        house,
        key,
        lambda: world.do(change_agent, world.alice, world.bob, is_active=False),
        lambda: keys.types(talk.pk, keys.CLIENT, "Dan", "SECRET"),
    )
    assert [line for line in [*off, *after] if "here" in line["parts"]] == []
