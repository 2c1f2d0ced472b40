"""Chat and open pages: messages a second, how soon an agent's page hears of one, and the memory of
open streams. The client is this process, on the same cores as the product."""

import asyncio
import json
import re
import time
import uuid
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from statistics import median, quantiles
from typing import Any

from bench.machine import memory_mib
from tests.stands.installation import Installation
from tests.stands.processes import StandError, free_port, wait_until

WRITERS = 8
ROUNDS, WRITE_SECONDS = 5, 2.0
# One visitor may write 20 a minute; these measure the house, not the limit of one guest.
MOST_BY_ONE = 15
# An agent may have 30 open; the first 20 pages are not counted.
MOST_OF_AN_AGENT = 25
PACE_SECONDS = 0.05
HEARD = re.compile(rb"data: ")
Link = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@dataclass(frozen=True)
class Chat:
    """Messages accepted a second; and in milliseconds from the visitor's POST to the agent's page:
    the median and the 99th percentile, with `visitors` pages open."""

    accepted: float
    median: float
    slowest: float
    visitors: int


@dataclass(frozen=True)
class Streams:
    """Open pages of agents, and what each adds to the process's memory (PSS), in kB."""

    count: int
    each_kb: float
    total_mb: float


class House:
    """A product that serves, with a chat in it and who may ask."""

    def __init__(self, place: Installation, guests: int, agents: int = 1) -> None:
        made = place.run(["-m", "bench.guests", str(guests), str(agents)], timeout_seconds=300)
        if made.returncode:
            raise StandError(made.stderr[-2000:])
        given: dict[str, Any] = json.loads(made.stdout)
        self.key, self.tokens, self.cookies = given["key"], given["tokens"], given["cookies"]
        self.cookie = self.cookies[0]
        self.api_token = given["api_token"]
        self.port = free_port()
        # Each visitor comes from a network of their own, as they do in life.
        settings = {
            "OKNO_BIND": f"127.0.0.1:{self.port}",
            "OKNO_SMTP_BIND": f"127.0.0.1:{free_port()}",
            "OKNO_TRUSTED_PROXY": "1",
        }
        self.pid = place.start(["-m", "okno", "serve"], settings).pid
        # A writer that nobody holds closes its connection.
        self._open: list[asyncio.StreamWriter] = []
        wait_until(lambda: asyncio.run(self._is_ready()), 60, "okno serve")

    async def _is_ready(self) -> bool:
        try:
            status, _ = await self.ask(*await self.connect(), "GET", "/health/ready")
        except OSError:
            return False
        return status == 200

    async def connect(self) -> Link:
        return await asyncio.open_connection("127.0.0.1", self.port)

    async def ask(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        method: str,
        path: str,
        headers: dict[str, str] | None = None,
        body: bytes = b"",
    ) -> tuple[int, bytes]:
        """One request on a kept connection, with as little client as possible (RFC 9112)."""
        self.begin(writer, method, path, headers, body)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        length = re.search(rb"content-length: (\d+)", head)
        content = await reader.readexactly(int(length[1])) if length else b""
        return int(head[9:12]), content

    def begin(
        self,
        writer: asyncio.StreamWriter,
        method: str,
        path: str,
        headers: dict[str, str] | None = None,
        body: bytes = b"",
    ) -> None:
        lines = {"Host": f"localhost:{self.port}", "Content-Length": str(len(body))}
        lines |= headers or {}
        text = "".join(f"{name}: {value}\r\n" for name, value in lines.items())
        writer.write(f"{method} {path} HTTP/1.1\r\n{text}\r\n".encode() + body)

    def memory_mib(self) -> float:
        """Proportional set size (PSS) of the product's processes."""
        return memory_mib(self.pid)

    async def open_stream(self, path: str, headers: dict[str, str]) -> asyncio.StreamReader:
        """A page's stream, from which the first bytes have come."""
        reader, writer = await self.connect()
        self.begin(writer, "GET", path, headers)
        head = await reader.readuntil(b"\r\n\r\n")
        if b" 200 " not in head[:20]:
            raise StandError(f"the stream was refused: {head[:60]!r}")
        self._open.append(writer)
        return reader

    def _words(self, at: int) -> tuple[dict[str, str], bytes]:
        token = self.tokens[at // MOST_BY_ONE % len(self.tokens)]
        network = at // MOST_BY_ONE % 60_000
        headers = {
            "Authorization": f"Bearer {token}",
            "Content-Type": "application/json",
            "X-Forwarded-For": f"10.{network >> 8}.{network & 255}.1",
        }
        return headers, json.dumps({"id": str(uuid.uuid4()), "text": f"Is it there? {at}"}).encode()

    async def write(self, link: Link, at: int) -> None:
        """One chat message, accepted."""
        headers, body = self._words(at)
        status, said = await self.ask(*link, "POST", f"/chat/{self.key}/messages", headers, body)
        if status != 200:
            raise StandError(f"a message was answered {status}: {said[:100]!r}")


async def _many(count: int, work: Callable[[int], Awaitable[Any]], at_once: int = 50) -> list[Any]:
    found: list[Any] = []
    for start in range(0, count, at_once):
        part = range(start, min(count, start + at_once))
        found += await asyncio.gather(*(work(at) for at in part))
    return found


async def _accepted(house: House) -> float:
    """Messages a second, the median of some rounds: each with new connections, since the machine
    deals them out to the processes by chance."""
    numbers = iter(range(1_000_000))
    return median([await _round(house, numbers) for _ in range(ROUNDS)])


async def _round(house: House, numbers: Iterator[int]) -> float:
    links = [await house.connect() for _ in range(WRITERS)]
    begun = time.perf_counter()
    end = begun + WRITE_SECONDS

    async def run(link: Link) -> int:
        written = 0
        while time.perf_counter() < end:
            await house.write(link, next(numbers))
            written += 1
        return written

    written = sum(await asyncio.gather(*map(run, links)))
    seconds = time.perf_counter() - begun
    for _, writer in links:
        writer.close()
    return written / seconds


async def _heard(house: House, count: int, first: int) -> list[float]:
    """Milliseconds from each POST to the agent's page, one message at a time."""
    page = await house.open_stream("/live", {"Cookie": house.cookie})
    link, times = await house.connect(), []
    for at in range(count):
        await _quiet(page)
        begun = time.perf_counter()
        await house.write(link, first + at)
        while not HEARD.search(line := await page.readline()):
            if not line:
                raise StandError("the agent's stream has ended")
        times.append((time.perf_counter() - begun) * 1000)
        await asyncio.sleep(PACE_SECONDS)
    return times


async def _quiet(page: asyncio.StreamReader) -> None:
    """Read away what came of the message before."""
    try:
        while True:
            await asyncio.wait_for(page.readline(), PACE_SECONDS)
    except TimeoutError:
        pass


def accepted(place: Installation) -> float:
    """Chat messages accepted a second, eight writers at once."""
    return asyncio.run(_accepted(House(place, 1_500)))


def chat(place: Installation, visitors: int, messages: int) -> Chat:
    """Write as fast as can be, then one by one with `visitors` pages open."""
    house = House(place, 1_500)

    async def run() -> Chat:
        accepted = await _accepted(house)

        async def visit(at: int) -> asyncio.StreamReader:
            bearer = {"Authorization": f"Bearer {house.tokens[-1 - at]}"}
            return await house.open_stream(f"/chat/stream?key={house.key}", bearer)

        pages = await _many(visitors, visit)
        times = await _heard(house, messages, MOST_BY_ONE * 700)
        cuts = quantiles(times, n=100)
        return Chat(accepted, cuts[49], cuts[98], len(pages))

    return asyncio.run(run())


def streams(place: Installation, count: int) -> Streams:
    """Open pages of agents until there are `count`."""
    house = House(place, 1, agents=count // MOST_OF_AN_AGENT + 1)

    async def run() -> Streams:
        async def look(at: int) -> asyncio.StreamReader:
            cookie = house.cookies[at % len(house.cookies)]
            return await house.open_stream("/live", {"Cookie": cookie})

        await _many(20, look)
        before = house.memory_mib()
        pages = await _many(count, look)
        await asyncio.sleep(2)
        after = house.memory_mib()
        return Streams(len(pages), (after - before) * 1024 / count, after)

    return asyncio.run(run())
