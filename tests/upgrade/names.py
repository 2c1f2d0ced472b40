"""What stands in databases, letters, programs and settings out there: names.json holds it as the
older version had it. A name leaves only when an alias answers for it."""

import argparse
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

FROZEN: dict[str, Any] = json.loads((Path(__file__).parent / "names.json").read_text())
# The leaves of each app's migrations as the older version had them.
TARGETS = [(app, name) for app, name in FROZEN["targets"]]
_PARAMETER = re.compile(r"<(?:\w+:)?(\w+)>")


def plain(route: str) -> str:
    """A route without the kinds of its parameters: they may become stricter about what is none."""
    return _PARAMETER.sub(r"<\1>", route)


def commands(parser: argparse.ArgumentParser, base: str = "") -> Iterator[str]:
    """Every command with its options, as it is typed."""
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            for name, below in action.choices.items():
                yield f"{base} {name}".strip()
                yield from commands(below, f"{base} {name}")
        elif base and action.option_strings and action.dest != "help":
            yield f"{base} {action.option_strings[0]}".strip()
