"""Every route of every face with numbers that are none: in its path, its query and its body."""

import json
import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
from django.core.cache import cache
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import transaction
from django.test import Client

from okno.api.tests.conftest import make_token
from okno.api.v1 import api
from okno.console.live import last_id_of
from okno.console.tests.conftest import browser_of, desk
from okno.kit.numbers import identifier
from okno.portal.form import pages
from okno.portal.tests.forms import Person
from okno.portal.tests.guests import Visitor, make_channel, work
from tests.access.routes import PARAMETER, asked, filled, ids, routes, sent
from tests.access.table import API
from tests.instead import instead

pytestmark = pytest.mark.django_db
# Imported fixtures count as used.
__all__ = ["desk", "ids"]
HOSTILE = ("²", "٣", "9" * 30, "9" * 5000, "-1", "\0", "1\0", "", " ", "0", "1e3", "1.5", "NaN")
NO_NUMBERS = (*HOSTILE, "²".encode(), None, "+1", "1_0", "0x1", "१")
OK = range(200, 500)
IN_JSON = ("²", "9", 9**30, -(9**30), -1, 0, 1.5, True, None, [], {}, [9**30], "\0")


@pytest.mark.parametrize(
    ("text", "number"),
    [("7", 7), (" 42 ", 42), (b"7", 7), ("9" * 18, 10**18 - 1), ("007", 7), ("0", 0)]
    + [(text, None) for text in NO_NUMBERS if text != "0"],
)  # fmt: skip
def test_a_number_is_plain_digits_that_fit_a_column(text, number):
    assert identifier(text) == number


def test_no_number_in_a_path_breaks_a_page(world, ids):
    browser, broken, n = browser_of(world.alice), [], 0
    for route in routes():
        for _, name in PARAMETER.findall(route) if not route.startswith("api/") else ():
            for value in HOSTILE:
                path = filled(route, ids | {name: quote(value)})
                for method in ("get", "post"):
                    n += 1
                    if asked(browser, method, path).status_code >= 500:
                        broken.append((method, path))
    assert broken == []
    assert n > 1000


def test_no_number_breaks_the_chat(world):
    chat = make_channel("widget", "Velobaza", world.support)
    visitor = Visitor(chat).start()
    assert visitor.upload("Hello", SimpleUploadedFile("plan.txt", b"plan"))[0] == 200
    work()
    broken = []
    for value in HOSTILE:
        paths = [f"messages?{name}={quote(value)}" for name in ("after", "before")]
        paths += [f"files/{quote(value)}", f"files/{quote(value)}/preview"]
        for path in paths:
            cache.clear()
            if visitor.raw("GET", path).status_code >= 500:
                broken.append(path)
    for path in ("seen", "typing", "visit", "messages", "identify", "session", "transcript/mail"):
        for name in ("id", "text", "page", "title", "path", "name", "stops", "token", "email"):
            for value in IN_JSON:
                cache.clear()
                # 503 is said where no mail can leave.
                if visitor.raw("POST", path, {name: value}).status_code not in (*OK, 503):
                    broken.append((path, name, value))
    assert broken == []


def test_no_number_breaks_a_form_or_the_page_of_a_request(world):
    form = make_channel("form", "Velobaza", world.support)
    person, broken = Person(form), []
    with instead(pages, WAIT_SECONDS=0.0):
        page = person.request(files=[SimpleUploadedFile("bill.txt", b"bill")])
        _, _, number, token, _ = page.split("/")
        first, _, signature = token.partition("-")
        for value in HOSTILE:
            given = quote(value)
            for path in (
                f"/request/{given}/{token}/",
                f"/request/{number}/{given}-{signature}/",
                f"{page}files/{given}/",
                f"{page}files/{given}/preview",
                f"/form/{form.public_key}/sent/{given}-{signature}/",
            ):
                if person.page(path).status_code >= 500:
                    broken.append(path)
            for path in (f"{page}reply", f"{page}status", f"{page}confirm", person.url):
                data = dict.fromkeys(("stamp", "work", "is_done", "text", "number"), value)
                if person.client.post(path, data).status_code >= 500:
                    broken.append((path, value))
    assert first
    assert broken == []


@pytest.fixture
def program(world: Any) -> Client:
    token = make_token(world.alice, "admin")
    return Client(raise_request_exception=False, headers={"Authorization": f"Bearer {token}"})


def met(program: Client, method: str, path: str, data: str = "") -> int:
    """The status of an answer, whose effects are taken back."""
    before = transaction.savepoint()
    more = {"content_type": "application/json"} if data else {}
    status = program.generic(method, path, data, **more).status_code
    transaction.savepoint_rollback(before)
    return int(status)


def test_no_number_in_a_path_or_a_query_breaks_the_API(program, ids):
    described, broken, n = api.get_openapi_schema(path_prefix="/api/v1/")["paths"], [], 0
    for key in API:
        method, path = key.split()
        full = f"/api/v1{path}"
        operation = described[full][method.lower()]
        data = sent(key, ids)[2]
        for value in HOSTILE:
            for name in re.findall(r"{(\w+)}", full):
                known = {each: quote(value) if each == name else ids[each] for each in ids}
                n += 1
                if met(program, method, full.format_map(known), data) >= 500:
                    broken.append((key, name, value))
            for given in operation.get("parameters", ()):
                if given["in"] == "query":
                    n += 1
                    asking = f"{full.format_map(ids)}?{given['name']}={quote(value)}"
                    if met(program, method, asking, data) >= 500:
                        broken.append((key, given["name"], value))
    assert broken == []
    assert n > 500


def bodies(body: Any) -> Iterator[Any]:
    """The body with each of its values replaced by each hostile one."""
    if isinstance(body, dict):
        for name, value in body.items():
            yield from ({**body, name: other} for other in (*IN_JSON, *bodies(value)))
    elif isinstance(body, list):
        yield from ([other] for other in (*IN_JSON, *bodies(body[0])))


# What operations may be sent beside what the table sends.
MORE = {
    "PATCH /conversations/{number}": dict.fromkeys(
        ("priority", "assignee", "team", "version", "suggested", "due_at", "snoozed_until", "tags")
    ),
    "PATCH /contacts/{contact_id}": dict.fromkeys(("company", "identities", "name")),
}


def test_no_number_in_a_body_breaks_the_API(program, ids):
    broken, n = [], 0
    for key, (_, known) in API.items():
        method, path, data = sent(key, ids)
        body = {**json.loads(data), **MORE.get(key, {})} if known is not None else None
        for hostile in bodies(body):
            n += 1
            if met(program, method, path, json.dumps(hostile)) >= 500:
                broken.append((key, hostile))
    assert broken == []
    assert n > 250


@pytest.mark.parametrize("value", [value.encode() for value in HOSTILE])
def test_no_last_event_breaks_the_stream_of_hints(value):
    found = last_id_of({"headers": [(b"last-event-id", value)]})
    assert found == (0 if value == b"0" else None)
