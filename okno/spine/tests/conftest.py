"""Fixtures of the spine's tests: registries of one's own, and installations with processes."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from okno.spine import contract
from okno.spine.tests.processes import ENGINE, Race
from okno.spine.units import LoopStopped
from tests.instead import instead
from tests.stands.installation import Installation
from tests.stands.postgres import Postgres

REGISTRIES = (contract.events, contract.readers, contract.jobs, contract.timers)


@pytest.fixture
def own() -> Iterator[None]:
    """Registries with nothing but what the spine itself records, so that a test declares its own
    and disturbs nobody."""
    loop = contract.type_of(LoopStopped("thing", 1, "test", 1))
    with ExitStack() as stack:
        for registry in REGISTRIES:
            stack.enter_context(instead(registry, _items={}))
        stack.enter_context(instead(contract, _type_of={LoopStopped: loop}))
        contract.events.add(loop.name, loop)
        yield


@pytest.fixture
def race(tmp_path: Path, server: Postgres | None) -> Iterator[Race]:
    """An installation of its own on the database of this test run."""
    with Installation(tmp_path / "data", ENGINE, server) as installation:
        yield Race(installation)
