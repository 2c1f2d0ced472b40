"""Desks of several sizes, measured one after the other in one run."""

import json
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager

from bench.report import Figure
from tests.stands.installation import Installation
from tests.stands.processes import StandError

PARTS = (("list", None), ("thread", None), ("search", 8.0))
Place = Callable[[], AbstractContextManager[Installation]]


def compared(place: Place, name: str, sizes: Sequence[int], rounds: int) -> Iterator[Figure]:
    """List, thread and search on larger desks against the first, small one."""
    found = {count: _measured(place, count, rounds) for count in sizes}
    small, *larger = sizes
    for count in larger:
        for part, aim in PARTS:
            values = (found[count][part], found[small][part])
            what = f"{part}, {count:,} messages"
            yield Figure(what, name, "ms", *values, values[0] / values[1], aim)


def _measured(place: Place, count: int, rounds: int) -> dict[str, float]:
    with place() as made:
        for module, words in (("corpus", [count]), ("scale", [count, rounds])):
            command = ["-m", f"bench.{module}", *map(str, words)]
            # A hundred thousand messages take a minute or two to make, more are copied.
            done = made.run(command, timeout_seconds=120 + count // 200)
            if done.returncode:
                raise StandError(f"bench {module} failed:\n{done.stderr[-3000:]}")
    result: dict[str, float] = json.loads(done.stdout)
    return result
