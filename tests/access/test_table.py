"""C01: every route of the resolver, asked by everyone, against the table of who may."""

from typing import Any

import pytest
from django.db import transaction
from django.test import Client

from okno.access.actions import create_agent
from okno.api.tests.conftest import make_token
from okno.api.v1 import api
from okno.console.tests.conftest import browser_of, desk
from okno.spine import SYSTEM, unit
from tests.access.routes import asked, filled, ids, routes, sent
from tests.access.table import API, CONSOLE, OPEN, ROLES

pytestmark = pytest.mark.django_db
# Imported fixtures count as used.
__all__ = ["desk", "ids"]


@pytest.fixture
def people(world: Any) -> dict[str, Any]:
    """One agent for each role; None for the stranger."""
    with unit(SYSTEM, "test"):
        made = {
            "teamless": create_agent(SYSTEM, "nora@okno.example", "Nora"),
            "light": create_agent(
                SYSTEM, "lena@okno.example", "Lena", role="light", teams=[world.support]
            ),
            "supervisor": create_agent(SYSTEM, "sam@okno.example", "Sam", role="supervisor"),
        }
    return made | {"stranger": None, "other": world.carol, "bob": world.bob, "alice": world.alice}


def outcome(answer: Any) -> str:
    """One letter for an answer; see tests.access.table."""
    status = answer.status_code
    if status == 401 or (status == 302 and answer["Location"].startswith("/sign-in/?next=")):
        return "d"
    assert status < 500, (answer.request["PATH_INFO"], status)
    return {403: "x", 404: "-", 405: "/"}.get(status, "+")


def met(browser: Client, path: str, *, is_asked_twice: bool) -> str:
    """What a role meets at an address: by reading, and by sending where that may differ."""
    read = outcome(asked(browser, "get", path))
    if read != "/" and not is_asked_twice:
        return read
    sent = outcome(asked(browser, "post", path))
    if read == "/":
        return sent
    # A page that cannot be sent answers 405, which tells nobody anything.
    return "r" if read == "+" and sent in "x-" else (read if sent in ("/", read) else sent)


def column(role: str, table: dict[str, str]) -> dict[str, str]:
    return {route: row[ROLES.index(role)] for route, row in table.items()}


def test_C01_the_table_knows_every_route():
    inside = {route for route in routes() if not route.startswith("api/")}
    known = set(CONSOLE) | set(OPEN)
    assert inside - known == set(), "say in tests/access/table.py who may see these"
    assert known - inside == set(), "these routes are gone: take them out of tests/access/table.py"


@pytest.mark.parametrize("role", ROLES)
def test_C01_everyone_is_answered_as_the_table_says(ids, people, role, capsys):
    who = people[role]
    browser = browser_of(who) if who else Client(raise_request_exception=False)
    wrong, times = {}, 0
    for route, expected in column(role, CONSOLE).items():
        found = met(browser, filled(route, ids), is_asked_twice=expected != "+")
        times += 1
        if found != expected:
            wrong[route] = f"{found} instead of {expected}"
    assert wrong == {}
    with capsys.disabled():
        print(f"\nC01 n={times} questions of {role}: 0 not as the table says")


@pytest.mark.parametrize("role", ["stranger", "other", "alice"])
def test_C01_open_pages_with_a_wrong_key_are_absent_for_everyone(ids, people, role):
    who = people[role]
    browser = browser_of(who) if who else Client(raise_request_exception=False)
    for route, expected in OPEN.items():
        for method in ("get", "post"):
            found = outcome(asked(browser, method, filled(route, ids)))
            assert found in expected, (route, method, found)


def described() -> set[str]:
    """Every operation of the API's description, as "GET /path"."""
    paths = api.get_openapi_schema(path_prefix="/api/v1/")["paths"].items()
    return {f"{method.upper()} {path}" for path, ways in paths for method in ways}


def test_C01_the_table_knows_every_operation_of_the_API():
    assert described() == {f"{key.split()[0]} /api/v1{key.split()[1]}" for key in API}


@pytest.mark.parametrize("role", ROLES)
def test_C01_the_API_answers_as_the_table_says(ids, people, role, capsys):
    """Everyone by a token that may write; the administrator's may all, the light agent's read."""
    scopes = {"alice": ("admin",), "light": ("read",)}.get(role, ("write",))
    token = make_token(people[role], *scopes) if people[role] else ""
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    browser = Client(raise_request_exception=False)
    wrong = {}
    for key, (expected, _) in API.items():
        method, path, data = sent(key, ids)
        before = transaction.savepoint()
        more = {"content_type": "application/json"} if data else {}
        answer = browser.generic(method, path, data, headers=headers, **more)
        transaction.savepoint_rollback(before)
        assert answer.status_code < 500, key
        found = {401: "d", 403: "x", 404: "-"}.get(answer.status_code, "+")
        if found != expected[ROLES.index(role)]:
            wrong[key] = (found, answer.content[:200])
    assert wrong == {}
    with capsys.disabled():
        print(f"\nC01 n={len(API)} operations of the API for {role}: 0 not as the table says")


def test_C01_without_the_scope_for_it_a_token_changes_nothing(ids, people):
    """Every operation that writes, by an administrator's token that may only read."""
    token, asked_of = make_token(people["alice"], "read"), 0
    browser = Client(raise_request_exception=False)
    for key in API:
        method, path, data = sent(key, ids)
        if method == "GET":
            continue
        headers = {"Authorization": f"Bearer {token}"}
        answer = browser.generic(
            method, path, data, content_type="application/json", headers=headers
        )
        assert answer.status_code in (403, 404), (key, answer.content)
        asked_of += 1
    assert asked_of > 8
