"""A page that comes back is given what it missed, or told to reload: never left in between."""

import asyncio

from okno.spine.live import Hub
from okno.spine.reading import newest_id


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
