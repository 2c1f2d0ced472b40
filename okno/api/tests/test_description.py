"""The description is true: requests made from it, good and bad, get only answers it names."""

import json
from dataclasses import dataclass, field

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.db import close_old_connections
from django.test import Client
from hypothesis import HealthCheck, Phase, given, seed, settings, strategies
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from okno.api import errors
from okno.api.tests.conftest import make_token
from okno.api.v1 import api
from okno.config.wsgi import application
from okno.console.tests.conftest import browser_of
from okno.desk.actions import add_tag, create_saved_reply, note, reply, save_view
from okno.desk.actions.reply import Body
from okno.desk.models import Attachment, Delivery
from okno.kit.blobs import File, keep
from okno.spine.reading import read_once

EXAMPLES = 12
MODES = (GenerationMode.POSITIVE, GenerationMode.NEGATIVE)
CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
DESCRIPTION = json.loads(json.dumps(api.get_openapi_schema(path_prefix="/api/v1/")))
OPERATIONS = sorted(
    (path, method) for path, methods in DESCRIPTION["paths"].items() for method in methods
)


@dataclass
class Count:
    """What was sent and what came back."""

    cases: int = 0
    statuses: dict[int, int] = field(default_factory=dict)


COUNT = Count()


@pytest.fixture(autouse=True)
def connection_stays():
    """As the test client does: the end of a request must not close the test's connection."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.fixture(scope="module", autouse=True)
def say_how_many():
    yield
    by_status = dict(sorted(COUNT.statuses.items()))
    print(f"\n{COUNT.cases} requests from the description, answers by status: {by_status}")


def real_ids(world):
    """Ids that exist, by the name of their path parameter."""
    found = world.letter().conversation
    files = keep([File("a.txt", "text/plain", b"a")])
    world.do(reply, world.alice, found, Body("Answer"), files=files)
    world.do(note, world.alice, found, "Note")
    world.do(add_tag, world.alice, found, "vip")
    world.do(create_saved_reply, world.alice, "Thanks", "Thank you, {{client.name}}!")
    open_ones = {"name": "status", "operator": "is", "value": ["open"]}
    view = world.do(save_view, world.alice, "Open ones", [open_ones], is_shared=True)
    return {
        "number": found.pk,
        "contact_id": world.dan.pk,
        "attachment_id": Attachment.objects.get().pk,
        "delivery_id": Delivery.objects.get().pk,
        "view_id": view.pk,
    }


@pytest.mark.parametrize(("path", "method"), OPERATIONS, ids=lambda part: part.strip("/"))
def test_only_described_answers(world, path, method):
    schema = schemathesis.openapi.from_dict(DESCRIPTION)
    schema.app = application
    operation = schema[path][method.upper()]
    headers = {"Authorization": f"Bearer {make_token(world.alice, 'admin')}"}
    ids = real_ids(world)

    @seed(1)
    @settings(
        max_examples=EXAMPLES,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=strategies.one_of(*(operation.as_strategy(generation_mode=m) for m in MODES)))
    def send(case):
        COUNT.cases += 1
        if COUNT.cases % 3:
            case.path_parameters = {**case.path_parameters} | {
                name: ids[name] for name in case.path_parameters if name in ids
            }
        if isinstance(case.body, dict) and "channel" in case.body and COUNT.cases % 2:
            case.body["channel"] = world.channel.pk
        response = case.call(base_url="http://localhost", headers=headers)
        code = response.status_code
        COUNT.statuses[code] = COUNT.statuses.get(code, 0) + 1
        case.validate_response(response, checks=CHECKS)

    send()


def test_every_route_is_described_and_needs_a_token(world):
    for path, method in OPERATIONS:
        operation = DESCRIPTION["paths"][path][method]
        assert operation["security"] == [{"Bearer": []}]
        assert {"400", "401", "403", "404", "422", "503"} <= set(operation["responses"])
        url = path.replace("{", "").replace("}", "")
        response = Client().generic(method.upper(), url)
        assert response.status_code == 401, path


def test_L10_C24_the_description_is_for_tokens_and_agents_only(world):
    url = "/api/v1/openapi.json"
    wrong = {"Authorization": "Bearer okno_" + "x" * 32}
    for stranger in (Client().get(url), Client().get(url, headers=wrong)):
        assert (stranger.status_code, stranger["Content-Type"]) == (401, errors.CONTENT_TYPE)
        assert "paths" not in stranger.json()
    token = {"Authorization": f"Bearer {make_token(world.bob)}"}
    response = Client().get(url, headers=token)
    assert (response.status_code, response.json()) == (200, DESCRIPTION)
    browser = browser_of(world.bob)
    assert browser.get(url).json() == DESCRIPTION
    world.bob.user.is_active = False
    world.bob.user.save()
    assert browser.get(url).status_code == 401
    assert browser.get("/api/v1/docs").status_code == 404


def test_the_whole_of_an_answer_fits_its_description(world):
    """Not only what is random: a conversation with all there is."""
    schema = schemathesis.openapi.from_dict(DESCRIPTION)
    schema.app = application
    headers = {"Authorization": f"Bearer {make_token(world.alice, 'admin')}"}
    ids = real_ids(world)
    read_once()
    for path, method in OPERATIONS:
        if method == "get":
            named = {name: value for name, value in ids.items() if name in path}
            query = {"q": "order"} if path.endswith("search") else {}
            case = schema[path]["GET"].Case(path_parameters=named, query=query)
            response = case.call(base_url="http://localhost", headers=headers)
            assert response.status_code == 200, path
            case.validate_response(response, checks=CHECKS)
            assert (
                "attachment" in path
                or path.endswith("stuck")
                or response.json()
                != {
                    "items": [],
                    "next": "",
                }
            )
