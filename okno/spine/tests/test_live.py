"""A page that comes back is given what it missed, or told to reload: never left in between."""

import asyncio
from datetime import UTC, datetime

from okno.spine import Happened, event
from okno.spine.live import Hub, parts_of
from okno.spine.reading import newest_id


def test_an_event_says_which_parts_of_a_page_it_touches(own):
    at = datetime(2026, 1, 1, tzinfo=UTC)
    event("thing.said", subject="thing", parts=("thread",))(type("Said", (), {}))
    event("thing.moved", subject="thing")(type("Moved", (), {}))

    def parts(name):
        return parts_of(Happened(1, name, "thing", 1, "system", None, "test", None, 0, at, {}))

    assert parts("thing.said") == ("thread",)
    assert parts("thing.moved") == ("thread", "card", "list")
    assert parts("thing.of_a_newer_version") == ("thread", "card", "list")


def opened(hub, last_id):
    """Whether a page that has seen everything up to `last_id` is told to reload."""

    async def page():
        stream = hub.open(object(), last_id)
        hub.close(stream)
        return stream.must_reload

    return asyncio.run(page())


def test_what_happened_while_nobody_listened_makes_a_page_reload(world):
    hub = Hub()
    world.letter()
    hub._step()
    end = newest_id()
    assert not opened(hub, None)
    assert not opened(hub, end)
    assert opened(hub, end - 1)


def test_while_someone_listens_nothing_is_passed_over(world):
    hub = Hub()
    hub._step()
    start = newest_id()

    async def listen():
        return hub.open(world.bob, None)

    hub.streams.add(asyncio.run(listen()))
    world.letter()
    assert not hub._skip()
    assert not opened(hub, start)
    assert opened(hub, start - 1)
