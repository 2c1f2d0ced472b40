"""What the server's streams live on, without a server: a hub, and threads for database work."""

import asyncio
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connections

from okno.spine import reading
from okno.spine.live import Hub, Stream
from tests.stands.processes import StandError


class _Hub(Hub):
    """Knows up to which event its streams were told."""

    told = -1

    def _step(self) -> bool:
        stepped = super()._step()
        if not stepped:
            self.told = self._position
        return stepped


class House:
    """A hub that runs, and `run` as the server's `in_thread`."""

    def __init__(self) -> None:
        self.hub = _Hub()
        self.pool = ThreadPoolExecutor(2)
        self._running = 0
        self.hub.start()

    async def run(self, work: Callable[..., Any], *args: Any) -> Any:
        """Do `work` on one of the threads; its result."""
        self._running += 1
        try:
            return await asyncio.get_running_loop().run_in_executor(self.pool, work, *args)
        finally:
            self._running -= 1

    async def settle(self, seconds: float = 20) -> None:
        """Return when all that was committed by now is told to every stream that should hear it,
        and nobody works on an answer: what has not been said then will not be said."""
        newest = await self.run(reading.newest_id)
        end = time.monotonic() + seconds
        while self.hub.told < newest or self._running or any(map(_is_busy, self.hub.streams)):
            if time.monotonic() > end:
                raise StandError(f"streams did not come to rest in {seconds} s")
            await asyncio.sleep(0.005)

    def close(self) -> None:
        """Stop the hub, and end the threads with their connections."""
        self.hub.stop()
        self.pool.submit(connections.close_all).result()
        self.pool.shutdown()


def _is_busy(stream: Stream) -> bool:
    return bool(stream.awake.is_set() or stream.waiting or stream.must_reload)
