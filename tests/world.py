"""`world`: five people, two of whom must not see."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache

import pytest
from django.contrib.auth.hashers import make_password

from okno.access.actions import create_agent, create_team
from okno.access.models import User
from okno.contacts.actions import find_or_create
from okno.desk.actions import create_channel, receive
from okno.desk.contract import Incoming, Level, Person
from okno.spine import SYSTEM, unit
from okno.spine.boards import boards


@dataclass
class World:
    """Alice (admin), Bob (agent of Support), Carol (agent of Sales, must not see Support's),
    Dan (client of Support), Eve (client of another company, must not see Dan's)."""

    alice: object
    bob: object
    carol: object
    dan: object
    eve: object
    support: object
    sales: object
    channel: object
    numbers: Iterator[int] = field(default_factory=lambda: itertools.count(1), repr=False)

    def letter(self, text="Where is my order?", *, who="dan", subject="My order", **more):
        """A letter arrives in Support's channel; returns its message."""
        number = next(self.numbers)
        incoming = Incoming(
            **{
                "external_id": f"<letter-{number}@client.example>",
                "sender": Person(f"{who}@client.example", who.title()),
                "level": Level.CLAIMED,
                "text": text,
                "subject": subject,
                **more,
            }
        )
        with unit(SYSTEM, "test"):
            return receive(self.channel, incoming)

    def do(self, verb, actor, *args, **kwargs):
        """Call a verb in a unit of its own, as a face would."""
        with unit(actor, "test"):
            return verb(actor, *args, **kwargs)


PASSWORD = "correct horse battery"


@lru_cache
def hashed_password() -> str:
    """The password of everyone in the world, hashed once for all tests: hashing is slow."""
    return make_password(PASSWORD)


def build_world() -> World:
    """Make the five people; needs an empty database."""
    with unit(SYSTEM, "test"):
        support = create_team(SYSTEM, "Support")
        sales = create_team(SYSTEM, "Sales")
        people = {
            name: create_agent(
                SYSTEM,
                f"{name}@okno.example",
                name.title(),
                role="admin" if name == "alice" else "agent",
                teams=[team] if team else [],
            )
            for name, team in (("alice", None), ("bob", support), ("carol", sales))
        }
        channel = create_channel(
            SYSTEM, "email", "Support", address="support@okno.example", team=support
        )
        clients = {
            name: find_or_create(SYSTEM, "email", f"{name}@client.example", name.title()).contact
            for name in ("dan", "eve")
        }
    User.objects.update(password=hashed_password())
    return World(**people, **clients, support=support, sales=sales, channel=channel)


@pytest.fixture(autouse=True)
def empty_boards() -> None:
    """What stands there for seconds outlives a test, whose numbers the next one gives anew."""
    for board in boards:
        board._lines.clear()


@pytest.fixture
def world(db) -> World:
    return build_world()


@pytest.fixture
def live_world(transactional_db) -> World:
    """The same world in committed rows, for tests with threads and processes."""
    return build_world()
