"""What runs inside an installation, in a process of its own; answers with a line of JSON.

    python -m bench.inside prepare
    python -m bench.inside new|known|reply FLOOR COUNT
    python -m bench.inside post FLOOR COUNT URL

FLOOR is the database of another installation, prepared alike.
"""

import json
import sys
import time
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

import httpx

import bench.ready  # noqa: F401
from bench.raw import Floor, Statements, recorded
from bench.texts import words
from okno.access.actions import create_agent, create_team, create_token
from okno.access.models import Agent
from okno.desk.actions import Body, create_channel, receive, reply
from okno.desk.contract import Incoming, Level, Person
from okno.desk.models import Channel, Conversation
from okno.spine import SYSTEM, unit

ADDRESS = "support@bench.example"
ROUND = 20


def prepare() -> dict[str, Any]:
    """A team, an agent, a channel, and a client who wrote before."""
    with unit(SYSTEM, "bench"):
        team = create_team(SYSTEM, "Support")
        create_agent(
            SYSTEM, "agent@bench.example", "Agent", password="long enough to be taken", teams=[team]
        )
        channel = create_channel(SYSTEM, "email", "Support", address=ADDRESS, team=team)
    _receive(channel, _incoming(0, "known@client.example"))
    return {"channel": channel.pk}


def _incoming(number: int, sender: str) -> Incoming:
    name, subject, text = words(number)
    return Incoming(
        external_id=f"<{number}@client.example>",
        sender=Person(sender, name),
        level=Level.CLAIMED,
        text=text,
        reply_text=text,
        subject=subject,
        language="ru",
    )


def _receive(channel: Channel, incoming: Incoming) -> int:
    with unit(SYSTEM, "channel:email"):
        return receive(channel, incoming).conversation_id


Action = Callable[[int], object]


def race(doing: Action, where: str, count: int, *, timed: Action | None = None) -> dict[str, Any]:
    """Time `timed` (`doing` if None) against the bare driver doing what `doing` does.

    What the driver repeats was recorded before, so that recording is not part of what is timed.
    """
    floor = Floor(where)
    traces: list[Statements] = []
    for number in range(count):
        with recorded() as statements:
            doing(number)
        traces.append(floor.prepared(statements))
    found = _timed(timed or doing, floor, traces)
    floor.close()
    return found


def _timed(action: Action, floor: Floor, traces: list[Statements]) -> dict[str, Any]:
    product: list[float] = []
    bare: list[float] = []
    for number, trace in enumerate(traces, len(traces)):
        turns = [(product, partial(action, number)), (bare, partial(floor.run, trace))]
        # Who goes first changes, so that neither always follows the other's dirty caches.
        for times, run in turns if number % 2 else reversed(turns):
            begun = time.perf_counter()
            run()
            times.append((time.perf_counter() - begun) * 1000)
    rounds = range(0, len(traces) - ROUND + 1, ROUND)
    medians = [(median(bare[r : r + ROUND]), median(product[r : r + ROUND])) for r in rounds]
    return {
        "statements": len(traces[-1]),
        "product": median(product),
        "floor": median(bare),
        "ratio": median(floor_ms / product_ms for floor_ms, product_ms in medians),
    }


def race_new(where: str, count: int) -> dict[str, Any]:
    """A letter of a new sender."""
    return _race_receive(where, [_incoming(n, f"n{n}@client.example") for n in range(2 * count)])


def race_known(where: str, count: int) -> dict[str, Any]:
    """A letter of a known sender that opens a new conversation."""
    return _race_receive(where, [_incoming(n, "known@client.example") for n in range(2 * count)])


def _race_receive(where: str, incoming: list[Incoming]) -> dict[str, Any]:
    channel = Channel.objects.get(address=ADDRESS)
    return race(lambda n: _receive(channel, incoming[n]), where, len(incoming) // 2)


def _opened(where: str, count: int) -> list[int]:
    """New conversations here and, with the same numbers, in the floor's database."""
    channel, floor, numbers = Channel.objects.get(address=ADDRESS), Floor(where), []
    for number in range(count):
        with recorded() as statements:
            numbers.append(_receive(channel, _incoming(number, f"asks{number}@client.example")))
        floor.run(floor.prepared(statements))
    floor.close()
    return numbers


def _answer(agent: Agent, numbers: list[int], at: int) -> None:
    with unit(agent, "api"):
        conversation = Conversation.objects.select_related("requester").get(pk=numbers[at])
        reply(agent, conversation, Body(words(at)[2]), key=f"bench-{at}")


def race_reply(where: str, count: int) -> dict[str, Any]:
    """An agent's answer, each in a conversation of its own, which is read first."""
    agent, numbers = Agent.objects.get(), _opened(where, 2 * count)
    return race(lambda n: _answer(agent, numbers, n), where, count)


def race_post(where: str, count: int, url: str) -> dict[str, Any]:
    """The same through the API of a running `okno web`, over one kept connection."""
    agent, numbers = Agent.objects.get(), _opened(where, 2 * count)
    with unit(SYSTEM, "bench"):
        _, token = create_token(SYSTEM, agent=agent, name="bench", scopes=["read", "write"])
    with httpx.Client(headers={"Authorization": f"Bearer {token}"}, timeout=30) as client:

        def post(at: int) -> None:
            path = f"{url}/api/v1/conversations/{numbers[at]}/messages"
            client.post(path, json={"text": words(at)[2]}).raise_for_status()

        return race(lambda n: _answer(agent, numbers, n), where, count, timed=post)


RACES: dict[str, Callable[..., dict[str, Any]]] = {
    "new": race_new,
    "known": race_known,
    "reply": race_reply,
    "post": race_post,
}


def main() -> None:
    """Prepare, or run one of the races."""
    name, *rest = sys.argv[1:]
    if name == "prepare":
        result = prepare()
    else:
        result = RACES[name](rest[0], int(rest[1]), *rest[2:])
    print(json.dumps(result))


if __name__ == "__main__":
    main()
