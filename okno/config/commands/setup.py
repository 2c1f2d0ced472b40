"""`okno setup`, `migrate`, `token create`."""

import argparse

from okno.access.actions import create_token
from okno.access.models import Agent
from okno.channels.setup import set_up
from okno.config import schema
from okno.spine import SYSTEM, unit


def migrate(given: argparse.Namespace) -> int:
    """Bring the database to this version; says so only when there is something to do."""
    schema.migrate()
    return 0


def setup(given: argparse.Namespace) -> int:
    """Create the first administrator, a team and an e-mail channel."""
    migrate(given)
    agent = set_up(
        email=given.email,
        password=given.password,
        name=given.name,
        language=given.language,
        address=given.address,
    )
    print(f"Ready. {agent.name} signs in as {given.email}.")
    return 0


def create(given: argparse.Namespace) -> int:
    """Make an API token and print it alone on the last line."""
    agent = Agent.objects.filter(user__email=given.agent.strip().lower()).first()
    if agent is None:
        raise LookupError(f"no agent signs in as {given.agent}")
    with unit(SYSTEM, "cli"):
        _, text = create_token(
            SYSTEM, agent, name=given.name, scopes=[s for s in given.scopes.split(",") if s]
        )
    print(text)
    return 0
