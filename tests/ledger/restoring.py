"""Runs inside an empty installation: tries one archive after the other in one process.

    python -m tests.ledger.restoring FILE ...

Prints a JSON list: why each was refused, or null for one that was taken.
"""

import argparse
import json
import sys

import django

django.setup()

from okno.config.commands.backup import restore  # noqa: E402


def refusal(file: str) -> str | None:
    """What `okno restore` would say; anything but its own words is raised."""
    try:
        restore(argparse.Namespace(file=file))
    except ValueError as error:
        return str(error)
    return None


answers = [refusal(file) for file in sys.argv[1:]]
print(json.dumps(answers))
