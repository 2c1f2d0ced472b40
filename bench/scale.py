"""What the size of the desk costs: list, thread and search, as an agent of one team meets them.

    python -m bench.scale COUNT ROUNDS

Answers with the 95th percentile of each in milliseconds, as JSON.
"""

import json
import random
import sys
import time
from collections.abc import Callable, Iterator

from django.db.models import Q

import bench.ready  # noqa: F401
from bench.corpus import IN_A_CONVERSATION, vocabulary
from okno.access.models import Agent
from okno.desk import queries, search
from okno.desk.threads import timeline

Question = Callable[[Agent], object]


def lists(count: int, dice: random.Random) -> Iterator[Question]:
    """The first page of a filter, and a later one."""
    while True:
        where = dice.choice([Q(status="open"), Q(), Q(assignee=None)])
        yield lambda agent, where=where: queries.listing(agent, where)


def threads(count: int, dice: random.Random) -> Iterator[Question]:
    """A conversation with its messages, notes and events."""

    def opened(agent: Agent, number: int) -> object:
        found = queries.conversation(agent, number)
        return queries.messages(found), queries.notes(agent, found), timeline(found)

    # One of the agent's own team: a foreign one costs less.
    numbers = range(8, count // IN_A_CONVERSATION, 8)
    while True:
        number = dice.choice(numbers)
        yield lambda agent, number=number: opened(agent, number)


def searches(count: int, dice: random.Random) -> Iterator[Question]:
    """As they are asked: common and rare words, beginnings, two words, operators, an address."""
    known = vocabulary(random.Random(7))
    while True:
        common, middle = dice.choice(known[:100]), dice.choice(known[100:3000])
        rare = dice.choice(known)
        for asked in (
            f"{common} ", f"{middle} ", f"{rare} ", middle[:2], middle[:3], common[:4],
            f"{common} {middle} ", f"{middle} {rare} ", f"{common} status:open",
            f"{dice.randint(1, count):07d} ", f"c{dice.randint(1, count // 10)}@client.example",
            f"{common} assignee:me", f"{common} -{middle} ", "nothingofthekind ",
        ):  # fmt: skip
            yield lambda agent, asked=asked: search.find(agent, asked)


PARTS = {"list": lists, "thread": threads, "search": searches}


def measured(count: int, rounds: int) -> dict[str, float]:
    """95th percentile of each part, in milliseconds."""
    agent = Agent.objects.get()
    found = {}
    for name, questions in PARTS.items():
        times = []
        dice = random.Random(11)
        for at, question in zip(range(rounds + 20), questions(count, dice), strict=False):
            begun = time.perf_counter()
            question(agent)
            # The first ones open files and prepare statements.
            if at >= 20:
                times.append((time.perf_counter() - begun) * 1000)
        found[name] = sorted(times)[int(len(times) * 0.95)]
        found[f"{name}, median"] = sorted(times)[len(times) // 2]
    return found


if __name__ == "__main__":
    print(json.dumps(measured(int(sys.argv[1]), int(sys.argv[2]))))
