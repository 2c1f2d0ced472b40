"""Programs that talk to the API, one for each person of the world."""

import json
from dataclasses import dataclass, field

import pytest
from django.core.cache import cache
from django.test import Client

from okno.access.actions import create_token
from okno.spine import SYSTEM, unit


def make_token(agent, *scopes):
    """The text of a new token of an agent."""
    with unit(SYSTEM, "test"):
        return create_token(SYSTEM, agent, scopes=scopes or ("read", "write"))[1]


@dataclass
class Program:
    """A client with a token; answers of JSON come as (status, body)."""

    token: str
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def raw(self, method, path, data=None, **headers):
        """The response itself."""
        sent = {}
        if data is not None:
            sent = {"data": json.dumps(data), "content_type": "application/json"}
        headers = {"Authorization": f"Bearer {self.token}", **headers}
        return self.client.generic(method, f"/api/v1{path}", headers=headers, **sent)

    def __call__(self, method, path, data=None, **headers):
        names = {name.replace("_", "-"): value for name, value in headers.items()}
        response = self.raw(method, path, data, **names)
        return response.status_code, json.loads(response.content)


def programs_of(world):
    """One program each, with the scope admin for Alice only."""
    return {
        "alice": Program(make_token(world.alice, "admin")),
        "bob": Program(make_token(world.bob)),
        "carol": Program(make_token(world.carol)),
    }


@pytest.fixture(autouse=True)
def fresh_limits():
    """Counts of one test do not stop the next."""
    cache.clear()


@pytest.fixture
def programs(world):
    return programs_of(world)


@pytest.fixture
def alice(programs):
    return programs["alice"]


@pytest.fixture
def bob(programs):
    return programs["bob"]


@pytest.fixture
def carol(programs):
    return programs["carol"]
