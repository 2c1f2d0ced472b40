"""`okno password`: for who cannot sign in, on the server itself."""

import argparse
import getpass
import sys

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from okno.access.actions import change_password, drop_factors
from okno.access.door_queries import agent_by_address
from okno.spine import SYSTEM, unit


def password(given: argparse.Namespace) -> int:
    """Ask for a new password (or read a line of standard input) and set it; ends all sessions."""
    agent = agent_by_address(given.email)
    if agent is None:
        raise LookupError(f"no working agent signs in as {given.email}")
    new = _read()
    try:
        validate_password(new, agent.user)
    except ValidationError as error:
        raise ValueError(" ".join(error.messages)) from None
    with unit(SYSTEM, "cli"):
        change_password(SYSTEM, agent, new, keep_tokens=given.keep_tokens)
        if given.drop_factors:
            drop_factors(SYSTEM, agent)
    print(f"Done. {agent.name} signs in as {given.email}; all devices are signed out.")
    if not given.keep_tokens:
        print("Their API keys are ended too; `--keep-tokens` leaves them.")
    return 0


def _read() -> str:
    if not sys.stdin.isatty():
        return sys.stdin.readline().rstrip("\n")
    first = getpass.getpass("New password: ")
    if first != getpass.getpass("The same once more: "):
        raise ValueError("the two are not the same")
    return first
