"""Eight agents at once on a full desk: whole pages of conversations, and replies by the API."""

import asyncio
import json
import random
import time
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from statistics import median

from bench.live import House, Link
from tests.stands.installation import Installation
from tests.stands.processes import StandError

AGENTS = 8
ROUNDS, SECONDS = 5, 3.0


@dataclass(frozen=True)
class Crowd:
    """Answers a second, all agents together."""

    pages: float
    replies: float


def crowd(place: Installation, conversations: int) -> Crowd:
    """On the desk that `bench.corpus` made in `place`, with so many `conversations`."""
    house = House(place, 1)

    async def run() -> Crowd:
        # One of the agent's own team, as in `bench.scale`.
        dice = random.Random(5)
        numbers = range(8, conversations, 8)
        cookie = {"Cookie": house.cookie}

        async def page(link: Link) -> None:
            await _get(house, link, f"/conversations/{dice.choice(numbers)}/", cookie)

        async def reply(link: Link) -> None:
            headers = {
                "Authorization": f"Bearer {house.api_token}",
                "Content-Type": "application/json",
                "Idempotency-Key": str(uuid.uuid4()),
            }
            path = f"/api/v1/conversations/{dice.choice(numbers)}/messages"
            body = json.dumps({"text": "It leaves tomorrow."}).encode()
            status, said = await house.ask(*link, "POST", path, headers, body)
            if status != 201:
                raise StandError(f"a reply was answered {status}: {said[:200]!r}")

        return Crowd(await _rate(house, page), await _rate(house, reply))

    return asyncio.run(run())


async def _get(house: House, link: Link, path: str, headers: dict[str, str]) -> None:
    status, _ = await house.ask(*link, "GET", path, headers)
    if status != 200:
        raise StandError(f"{path} was answered {status}")


async def _rate(house: House, one: Callable[[Link], Awaitable[None]]) -> float:
    """How often a second `AGENTS` connections together get `one` done: the median of some rounds,
    each with new connections, since the machine deals them out to the processes by chance."""
    return median([await _round(house, one) for _ in range(ROUNDS)])


async def _round(house: House, one: Callable[[Link], Awaitable[None]]) -> float:
    done = 0

    async def agent(link: Link, end: float) -> None:
        nonlocal done
        while time.perf_counter() < end:
            await one(link)
            done += 1

    links = [await house.connect() for _ in range(AGENTS)]
    for link in links:
        await one(link)
    begun = time.perf_counter()
    await asyncio.gather(*(agent(link, begun + SECONDS) for link in links))
    seconds = time.perf_counter() - begun
    for _, writer in links:
        writer.close()
    return done / seconds
