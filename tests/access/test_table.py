"""C01: every route of the resolver, asked by everyone, against the table of who may."""

import re
from collections.abc import Iterator
from typing import Any

import pytest
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver

from okno.access.actions import add_app, create_agent, create_team, create_token, make_link
from okno.api.tests.conftest import make_token
from okno.console.tests.conftest import browser_of, desk
from okno.desk import actions
from okno.desk.actions.fields import create_field
from okno.desk.models import Channel, Press, SavedReply, View
from okno.spine import SYSTEM, unit
from tests.access.table import API, CONSOLE, OPEN, ROLES

pytestmark = pytest.mark.django_db
# Imported fixtures count as used.
__all__ = ["desk"]
PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")


def routes(patterns: Any = None, base: str = "") -> Iterator[str]:
    """Every route of the product as text."""
    for item in get_resolver().url_patterns if patterns is None else patterns:
        text = base + str(item.pattern)
        if isinstance(item, URLPattern):
            yield text
        else:
            yield from routes(item.url_patterns, text)


def filled(route: str, ids: dict[str, Any]) -> str:
    """A route as an address; a parameter without an object fails, so that none is forgotten."""
    return "/" + PARAMETER.sub(lambda found: str(ids[found[2]]), route)


@pytest.fixture
def ids(world: Any, desk: Any) -> dict[str, Any]:
    """One object for each parameter; what has a team belongs to Support, what has an owner to Bob."""
    with unit(SYSTEM, "test"):
        press = Press.objects.create(agent=world.bob)
        view = View.objects.create(name="Ours", owner=world.bob)
        saved = SavedReply.objects.create(name="Hello", text="Hello", team=world.support)
        field = create_field(SYSTEM, "Order", "text")
        token, _ = create_token(SYSTEM, world.bob)
        form = Channel.objects.create(kind="form", name="Form", public_key="form-key")
        Channel.objects.create(kind="widget", name="Chat", public_key="chat-key")
    return desk.ids | {
        "press_id": press.pk,
        "view_id": view.pk,
        "saved_id": saved.pk,
        "field_id": field.pk,
        "token_id": token.pk,
        "team_id": world.support.pk,
        "factor_id": 10**12,
        "inbound_id": 10**12,
        "job_id": 10**12,
        "parked_id": 10**12,
        "kind": "email",
        "name": "messages",
        "secret": "none",
        "key": "none",
        "mark": "1-none",
        "token": "none",
        "form": form.pk,
    }


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


def asked(browser: Client, method: str, path: str, **more: Any) -> Any:
    """An answer, whose effects are taken back: each question meets the same world."""
    before = transaction.savepoint()
    answer = getattr(browser, method)(path, **more)
    transaction.savepoint_rollback(before)
    return answer


def outcome(answer: Any) -> str:
    """One letter for an answer; see tests.access.table."""
    status = answer.status_code
    if status == 401 or (status == 302 and answer["Location"].startswith("/sign-in/?next=")):
        return "d"
    assert status < 500, (answer.request["PATH_INFO"], status)
    return {403: "x", 404: "-", 405: "/"}.get(status, "+")


def column(role: str, table: dict[str, str]) -> dict[str, str]:
    return {route: row[ROLES.index(role)] for route, row in table.items()}


def test_C01_the_table_knows_every_route():
    inside = {route for route in routes() if not route.startswith("api/")}
    assert inside == set(CONSOLE) | set(OPEN), "say in tests/access/table.py who may see these"


@pytest.mark.parametrize("role", ROLES)
def test_C01_everyone_is_answered_as_the_table_says(ids, people, role, capsys):
    who = people[role]
    browser = browser_of(who) if who else Client(raise_request_exception=False)
    wrong, times = {}, 0
    for route, expected in column(role, CONSOLE).items():
        path = filled(route, ids)
        found = outcome(asked(browser, "get", path))
        if found == "/" or expected != "+":
            posted = outcome(asked(browser, "post", path))
            times += 1
            # A page that may be read but not sent answers 405, which tells nobody anything.
            found = posted if found == "/" else (found if posted in ("/", found) else posted)
        times += 1
        if found != expected:
            wrong[route] = f"{found} instead of {expected}"
    open(f"/tmp/okno/c01-{role}.json","w").write(__import__("json").dumps({r: (wrong.get(r) or e)[0] for r, e in column(role, CONSOLE).items()}))
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
