"""Fixtures of the spine's tests: registries of one's own, and installations with processes."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from okno.spine import contract
from okno.spine.tests.processes import ENGINE, Race
from tests import database
from tests.stands.installation import Installation

REGISTRIES = (contract.events, contract.readers, contract.jobs, contract.timers)


@pytest.fixture
def own() -> Iterator[None]:
    """Empty registries, so that a test declares its own and disturbs nobody."""
    kept = [dict(registry._items) for registry in REGISTRIES]
    types = dict(contract._type_of)
    for registry in REGISTRIES:
        registry._items.clear()
    yield
    for registry, items in zip(REGISTRIES, kept, strict=True):
        registry._items.clear()
        registry._items.update(items)
    contract._type_of.clear()
    contract._type_of.update(types)


@pytest.fixture
def race(tmp_path: Path) -> Iterator[Race]:
    """An installation of its own on the database of this test run."""
    server = getattr(database, "server", None)
    with Installation(tmp_path / "data", ENGINE, server) as installation:
        yield Race(installation)
