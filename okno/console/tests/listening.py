"""The console's stream, as its ASGI application, and what it says to a browser."""

import asyncio
import contextlib
import json

import pytest
from django.conf import settings

from okno.console.live import live
from okno.console.tests.conftest import browser_of
from tests.stands import streams


class House(streams.House):
    """Opens the streams of the console."""

    async def ask(self, work, *args):
        """How a stream asks the database."""
        return await self.run(work, *args)

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
        task = asyncio.ensure_future(live(self.hub, self.ask, scope, receive, send))
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
