"""Names that others know stay: in the log and the tables of the spine, addresses, API, commands."""

from typing import Any

import pytest

from okno.api.v1 import api
from okno.config import cli, env
from okno.spine import contract
from tests.access.routes import routes
from tests.once import on_one_database
from tests.upgrade.names import FROZEN, commands, plain

SCHEMA = api.get_openapi_schema(path_prefix="/api/v1/")
OPERATIONS = {
    f"{method.upper()} {path}": operation
    for path, ways in SCHEMA["paths"].items()
    for method, operation in ways.items()
}
NOW: dict[str, Any] = {
    "events": {kind.name: list(kind.data.__annotations__) for kind in contract.events},
    "readers": contract.readers.names(),
    "jobs": contract.jobs.names(),
    "timers": contract.timers.names(),
    "routes": [plain(route) for route in routes()],
    "operations": list(OPERATIONS),
    "parameters": {
        key: [one["name"] for one in operation.get("parameters", ())]
        for key, operation in OPERATIONS.items()
    },
    "shapes": {
        name: list(shape.get("properties", {}))
        for name, shape in SCHEMA["components"]["schemas"].items()
    },
    "settings": [setting.name for setting in env.SETTINGS],
    "commands": list(commands(cli._parser())),
}


@on_one_database
@pytest.mark.parametrize("what", sorted(NOW))
def test_what_was_there_is_there(what):
    before, now = FROZEN[what], NOW[what]
    assert len(before) > 1
    assert set(before) - set(now) == set()
    if isinstance(before, dict):
        gone = {name: set(known) - set(now[name]) for name, known in before.items()}
        assert {name: known for name, known in gone.items() if known} == {}
