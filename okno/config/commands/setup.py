"""`okno setup`, `migrate`, `token create`."""

import argparse

from okno.access.actions import create_token
from okno.access.models import Agent
from okno.access.queries import is_installed
from okno.channels.setup import set_up, set_up_code
from okno.config import keys, schema
from okno.spine import SYSTEM, unit


def migrate(given: argparse.Namespace) -> int:
    """Bring the database to this version; says so only when there is something to do."""
    schema.migrate()
    keys.confirm()
    return 0


def setup(given: argparse.Namespace) -> int:
    """Create the first administrator, a team and an e-mail channel; or print the page's code.

    Raises ValueError when Okno is set up already.
    """
    migrate(given)
    if given.code:
        if is_installed():
            raise ValueError("Okno is set up already: there is no code any more")
        print(f"The first page asks for this code: {set_up_code()}")
        return 0
    if missing := [f"--{n}" for n in ("email", "password", "name") if not getattr(given, n)]:
        raise ValueError(f"setup needs {', '.join(missing)} (or --code alone)")
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
    keys.confirm()
    agent = Agent.objects.filter(user__email=given.agent.strip().lower()).first()
    if agent is None:
        raise LookupError(f"no agent signs in as {given.agent}")
    with unit(SYSTEM, "cli"):
        _, text = create_token(
            SYSTEM, agent, name=given.name, scopes=[s for s in given.scopes.split(",") if s]
        )
    print(text)
    return 0
