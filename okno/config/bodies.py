"""Bodies of requests: each has a deadline and a size, and each network a share of what is kept.

Who sends slowly, much or nothing at all holds up nobody: no place in the queue for the pages'
threads is taken before the body is here, and a body that is small finds room always.
"""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from tempfile import SpooledTemporaryFile
from typing import Any

from django.urls import Resolver404, resolve

from okno.kit.shares import Shares

Receive = Callable[[], Awaitable[dict[str, Any]]]
SECONDS = 20.0
# On top of that, time for what has come: the pace of a telephone in a bad place.
BYTES_PER_SECOND = 20_000
LARGEST = 40 * 1024 * 1024
LARGEST_WITHOUT_FILES = 1024 * 1024
IN_MEMORY = 256 * 1024
# A page's form or a message; what is longer shares a room with others.
SMALL = 64 * 1024
ROOM = 512 * 1024 * 1024
# A network has so many times less.
NETWORKS = 4
_ALL = "all"


class Refused(Exception):
    """The request is not taken: a status and a line for who sent it."""

    def __init__(self, status: int, text: str) -> None:
        super().__init__(text)
        self.status = status
        self.text = text


class Gone(Exception):
    """The sender hung up before the end."""


class Bodies:
    """All bodies of this process; lives in the loop's thread."""

    def __init__(
        self, seconds: float = SECONDS, pace: int = BYTES_PER_SECOND, room: int = ROOM
    ) -> None:
        self._seconds = seconds
        self._pace = pace
        self._room = Shares(room)
        self._of_network = Shares(room // NETWORKS)

    @asynccontextmanager
    async def read(self, path: str, receive: Receive, network: str) -> AsyncIterator[Any]:
        """The whole body as a file, kept for as long as the block runs. `network` as in `Shares`.

        Raises Refused for one that is too slow (408), too large (413) or has no room (503), and
        Gone when its sender hangs up.
        """
        taken = 0
        with SpooledTemporaryFile(max_size=IN_MEMORY) as body:
            try:
                async for piece in self._pieces(receive):
                    body.write(piece)
                    size = body.tell()
                    if size > LARGEST_WITHOUT_FILES:
                        _check_size(path, size)
                    if size > SMALL + taken:
                        more = size - SMALL - taken
                        self._take(network, more)
                        taken += more
                yield body
            finally:
                self._give_back(network, taken)

    async def _pieces(self, receive: Receive) -> AsyncIterator[bytes]:
        """The pieces of a body as they come, against the clock."""
        began, size, is_whole = time.monotonic(), 0, False
        while not is_whole:
            left = began + self._seconds + size / self._pace - time.monotonic()
            try:
                async with asyncio.timeout(left):
                    message = await receive()
            except TimeoutError:
                raise Refused(408, "the request came too slowly") from None
            if message["type"] != "http.request":
                raise Gone
            piece = message.get("body", b"")
            size += len(piece)
            is_whole = not message.get("more_body")
            yield piece

    def _take(self, network: str, size: int) -> None:
        if not self._of_network.take(network, size):
            raise Refused(503, "your network sends too much at once, please try again")
        if not self._room.take(_ALL, size):
            self._of_network.give_back(network, size)
            raise Refused(503, "busy, please try again")

    def _give_back(self, network: str, size: int) -> None:
        self._of_network.give_back(network, size)
        self._room.give_back(_ALL, size)


def _check_size(path: str, size: int) -> None:
    """Raises Refused for a body of `size` at an address that does not take so much."""
    try:
        takes_files = getattr(resolve(path).func, "takes_files", False)
    except Resolver404:
        takes_files = False
    if size > (LARGEST if takes_files else LARGEST_WITHOUT_FILES):
        raise Refused(413, "too large")
