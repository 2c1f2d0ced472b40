r"""A TCP proxy that cuts connections where it is told; for IMAP, SMTP or anything else over TCP.
It also changes what clients ask, so that a server leaves out of its answer what it should give.

    with CutProxy(dovecot.port) as proxy:
        proxy.cuts = [Cut(after=n) for n in range(0, 200_000, 1000)]  # one per new connection
        ...
        proxy.cuts = [Cut(pattern=b"\r\n.\r\n", way="up", swallow=True)]  # lose SMTP's last reply

    with CutProxy(dovecot.port) as proxy:
        proxy.rewrite = lambda asked: asked.replace(b"FETCH 5,6,7 ", b"FETCH 5,7 ")

Connections past the end of `cuts` pass unharmed.
"""

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal, Self

from tests.stands.loops import LoopThread, reset
from tests.stands.processes import free_port

Way = Literal["up", "down"]


@dataclass(frozen=True)
class Cut:
    """Where and how to end a connection.

    After `after` bytes, or after the first `pattern`, in the direction `way` (down: from server to
    client); all up to there is passed on. With `swallow` the server's answer to that is awaited and
    kept back, so the server is known to have acted. `how`: `close` (FIN, the client gets all bytes
    before it), `reset` (RST, it may not), `silence` (open, but nothing passes any more).
    """

    after: int | None = None
    pattern: bytes | None = None
    way: Way = "down"
    swallow: bool = False
    how: Literal["close", "reset", "silence"] = "close"

    def __post_init__(self) -> None:
        if (self.after is None) == (self.pattern is None):
            raise ValueError("a cut needs either `after` or `pattern`")


class Passage:
    """One connection through the proxy; `passed` counts the bytes let through each way."""

    def __init__(self, cut: Cut | None) -> None:
        self.cut = cut
        self.passed: dict[Way, int] = {"up": 0, "down": 0}
        self.is_cut = False
        self._tail = b""
        self._is_swallowing = False

    def admit(self, way: Way, data: bytes) -> bytes:
        """The part of `data` to pass on; sets `is_cut` when the place of the cut is reached."""
        if self._is_swallowing:
            self.is_cut = way == "down"
            return b""
        end = self._end(way, data)
        if end is not None:
            data = data[:end]
            self._is_swallowing = self.cut is not None and self.cut.swallow
            self.is_cut = not self._is_swallowing
        self.passed[way] += len(data)
        return data

    def _end(self, way: Way, data: bytes) -> int | None:
        if self.cut is None or self.cut.way != way:
            return None
        if self.cut.after is not None:
            left = self.cut.after - self.passed[way]
            return left if left <= len(data) else None
        pattern = self.cut.pattern or b""
        joined = self._tail + data
        found = joined.find(pattern)
        end = found + len(pattern) - len(self._tail)
        self._tail = joined[max(0, len(joined) - len(pattern) + 1) :]
        return end if found >= 0 else None


class CutProxy:
    """Listens on `port` and passes on to `target` (a port on 127.0.0.1)."""

    def __init__(self, target: int) -> None:
        self.port = free_port()
        self.cuts: Sequence[Cut] = []
        self.passages: list[Passage] = []
        # What a client writes at once to what the server gets of it.
        self.rewrite: Callable[[bytes], bytes] = bytes
        self._target = target
        self._loop = LoopThread()
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    def open(self) -> None:
        """Listen (again)."""
        self._loop.run(self._open())

    async def _open(self) -> None:
        if self._server is None:
            self._server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)

    def close(self) -> None:
        """Refuse new connections; open ones go on."""
        self._loop.run(self._close())

    async def _close(self) -> None:
        if self._server is not None:
            self._server.close()
            self._server = None

    def cut_now(self) -> None:
        """Reset all open connections."""
        self._loop.run(self._cut_now())

    async def _cut_now(self) -> None:
        for writer in list(self._writers):
            reset(writer)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        left, rest = list(self.cuts[:1]), self.cuts[1:]
        self.cuts = rest
        passage = Passage(left[0] if left else None)
        self.passages.append(passage)
        try:
            server_reader, server_writer = await asyncio.open_connection("127.0.0.1", self._target)
        except OSError:
            writer.transport.abort()
            return
        self._writers |= {writer, server_writer}
        pumps = [
            asyncio.create_task(self._pump(passage, "up", reader, server_writer)),
            asyncio.create_task(self._pump(passage, "down", server_reader, writer)),
        ]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
            if passage.is_cut and passage.cut and passage.cut.how == "silence":
                await asyncio.Event().wait()
        finally:
            for pump in pumps:
                pump.cancel()
            self._end(passage, writer, server_writer)

    def _end(
        self, passage: Passage, client: asyncio.StreamWriter, server: asyncio.StreamWriter
    ) -> None:
        self._writers -= {client, server}
        if passage.is_cut and passage.cut and passage.cut.how == "reset":
            reset(client)
        client.close()
        server.close()

    async def _pump(
        self,
        passage: Passage,
        way: Way,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
    ) -> None:
        """Pass bytes on until the end of the stream or the cut."""
        try:
            # Before the first byte, for a cut after 0 bytes.
            passage.admit(way, b"")
            while not passage.is_cut and (data := await reader.read(65536)):
                if way == "up":
                    data = self.rewrite(data)
                writer.write(passage.admit(way, data))
                await writer.drain()
        except OSError:
            pass  # the other side went away: the passage ends

    def __enter__(self) -> Self:
        self._loop.start()
        self.open()
        return self

    def __exit__(self, *_: object) -> None:
        self.cut_now()
        self.close()
        self._loop.stop()
