"""What runs inside an installation, in a process of its own; answers with a line of JSON.

    python -m bench.inside prepare
    python -m bench.inside receive FLOOR COUNT
    python -m bench.inside reply FLOOR COUNT

FLOOR is the database of another installation, prepared alike.
"""

import json
import sys
import time
from collections.abc import Callable
from functools import partial
from statistics import median
from typing import Any

import django

django.setup()

from bench.raw import Floor, Statements, recorded
from bench.texts import words
from okno.access.actions import create_agent, create_team
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
    _receive(channel, 0, "known@client.example")
    return {"channel": channel.pk}


def _receive(channel: Channel, number: int, sender: str) -> int:
    name, subject, text = words(number)
    incoming = Incoming(
        external_id=f"<{number}@client.example>",
        sender=Person(sender, name),
        level=Level.CLAIMED,
        text=text,
        reply_text=text,
        subject=subject,
        language="ru",
    )
    with unit(SYSTEM, "channel:email"):
        return receive(channel, incoming).conversation_id


Action = Callable[[int], object]


def race(actions: dict[str, Action], where: str, count: int) -> dict[str, Any]:
    """Time each action against the bare driver doing the same, turn by turn.

    What the driver repeats was recorded before, so that recording is not part of what is timed.
    """
    floor = Floor(where)
    traces: dict[str, list[Statements]] = {name: [] for name in actions}
    for name, action in actions.items():
        for number in range(count):
            with recorded() as statements:
                action(number)
            traces[name].append(floor.prepared(statements))
    found = {name: _timed(actions[name], floor, traces[name]) for name in actions}
    floor.close()
    return found


def _timed(action: Action, floor: Floor, traces: list[Statements]) -> dict[str, Any]:
    product: list[float] = []
    bare: list[float] = []
    for number, trace in enumerate(traces):
        turns = [(product, partial(action, len(traces) + number)), (bare, partial(floor.run, trace))]
        # Who goes first changes, so that neither always follows the other's dirty caches.
        for times, run in turns if number % 2 else reversed(turns):
            start = time.perf_counter()
            run()
            times.append((time.perf_counter() - start) * 1000)
    rounds = range(0, len(traces) - ROUND + 1, ROUND)
    medians = [(median(bare[r : r + ROUND]), median(product[r : r + ROUND])) for r in rounds]
    return {
        "statements": len(traces[-1]),
        "product_ms": median(product),
        "floor_ms": median(bare),
        "ratio": median(floor_ms / product_ms for floor_ms, product_ms in medians),
    }


def race_receive(where: str, count: int) -> dict[str, Any]:
    """A letter of a new sender, and one of a known sender that opens a new conversation."""
    channel = Channel.objects.get(address=ADDRESS)
    return race(
        {
            "receive, new sender": lambda n: _receive(channel, n, f"new{n}@client.example"),
            "receive, known sender": lambda n: _receive(channel, n, "known@client.example"),
        },
        where,
        count,
    )


def race_reply(where: str, count: int) -> dict[str, Any]:
    """An agent's answer, each in a conversation of its own, which is read first."""
    channel, agent = Channel.objects.get(address=ADDRESS), Agent.objects.get()
    floor = Floor(where)
    opened = []
    for number in range(2 * count):
        with recorded() as statements:
            opened.append(_receive(channel, number, f"asks{number}@client.example"))
        floor.run(floor.prepared(statements))
    floor.close()

    def answer(number: int) -> None:
        with unit(agent, "api"):
            conversation = Conversation.objects.select_related("requester").get(pk=opened[number])
            reply(agent, conversation, Body(words(number)[2]), key=f"bench-{number}")

    return race({"reply": answer}, where, count)


def main() -> None:
    """Run one of the three."""
    name, *rest = sys.argv[1:]
    if name == "prepare":
        result = prepare()
    else:
        races = {"receive": race_receive, "reply": race_reply}
        result = races[name](rest[0], int(rest[1]))
    print(json.dumps(result))


if __name__ == "__main__":
    main()
