"""What the server's streams live on, without a server: a hub, and threads for database work."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.db import connections

from okno.spine.live import Hub


class House:
    """A hub that runs, and `run` as the server's `in_thread`."""

    def __init__(self) -> None:
        self.hub = Hub()
        self.pool = ThreadPoolExecutor(2)
        self.hub.start()

    async def run(self, work: Callable[..., Any], *args: Any) -> Any:
        """Do `work` on one of the threads; its result."""
        return await asyncio.get_running_loop().run_in_executor(self.pool, work, *args)

    def close(self) -> None:
        """Stop the hub, and end the threads with their connections."""
        self.hub.stop()
        self.pool.submit(connections.close_all).result()
        self.pool.shutdown()
