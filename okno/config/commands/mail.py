"""`okno mail inspect` and `okno mail deliver`."""

import argparse
import importlib
import json
import sys

from okno.kit.mail import Unreadable
from okno.kit.mail.inspect import inspect as inspect_letter


def inspect(given: argparse.Namespace) -> int:
    """Print one JSON object of what a letter on standard input says."""
    try:
        print(json.dumps(inspect_letter(sys.stdin.buffer.read()), ensure_ascii=False))
    except Unreadable as error:
        raise ValueError(f"this letter cannot be read: {error}") from None
    return 0


def deliver(given: argparse.Namespace) -> int:
    """Take in a letter from standard input; exit codes as Postfix pipes expect (sysexits)."""
    # Imported here by name, because `inspect` above runs without Django.
    contract = importlib.import_module("okno.channels.contract")
    return int(contract.pipes.get("letter")(sys.stdin.buffer.read(), given.to))
