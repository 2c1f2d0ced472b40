"""C01: every route of the resolver, asked by everyone, against the table of who may."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from django.db import transaction
from django.test import Client
from django.urls import URLPattern, get_resolver

from okno.access.actions import create_agent, create_token, set_picture
from okno.api.tests.conftest import make_token
from okno.api.v1 import api
from okno.channels.models import Inbound
from okno.console.tests.conftest import browser_of, desk
from okno.console.tests.test_own_picture import picture as drawn
from okno.desk import faces
from okno.desk.actions.fields import create_field
from okno.desk.models import Press, SavedReply, View
from okno.kit import clock
from okno.spine import SYSTEM, unit
from okno.spine.models import Job, Parked
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
    """One object for each parameter: of the team Support, or, where things have owners, of Bob."""
    with unit(SYSTEM, "test"):
        press = Press.objects.create(agent=world.bob)
        view = View.objects.create(name="Ours", owner=world.bob)
        saved = SavedReply.objects.create(name="Hello", text="Hello", team=world.support)
        field = create_field(SYSTEM, "Order", "text")
        token, _ = create_token(SYSTEM, world.bob)
        factor = Authenticator.objects.create(user=world.bob.user, type="totp", data={})
        inbound = Inbound.objects.create(
            channel=world.channel, external_id="<a@b>", sha256="0", size=9, body=b"To: a\r\n\r\nb"
        )
        desk.message.inbound_id = inbound.pk
        desk.message.save()
        set_picture(world.bob, world.bob, picture := faces.keep(drawn()))
    now = clock.now()
    job = Job.objects.create(name="channels.deliver", run_at=now, failed_at=now, created_at=now)
    parked = Parked.objects.create(
        reader="desk.search",
        event_id=1,
        subject_type="conversation",
        subject_id=1,
        error="no",
        created_at=now,
    )
    return desk.ids | {
        "press_id": press.pk,
        "view_id": view.pk,
        "saved_id": saved.pk,
        "field_id": field.pk,
        "token_id": token.pk,
        "team_id": world.support.pk,
        "factor_id": factor.pk,
        "inbound_id": inbound.pk,
        "job_id": job.pk,
        "parked_id": parked.pk,
        "picture": picture,
        "kind": "email",
        "name": "messages",
        "secret": "none",
        "key": "none",
        "mark": "1-none",
        "token": "none",
        "version": "none",
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
    cookies, before = browser.cookies.copy(), transaction.savepoint()
    answer = getattr(browser, method)(path, **more)
    transaction.savepoint_rollback(before)
    browser.cookies = cookies
    return answer


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


def sent(key: str, ids: dict[str, Any]) -> tuple[str, str, str]:
    """Method, address and body of an operation, about the objects there are."""
    method, path = key.split()
    body = API[key][1]
    data = "" if body is None else json.dumps(body)
    number = lambda found: str(ids[found[1]])  # noqa: E731 - used twice, here only
    return (
        method,
        "/api/v1" + re.sub(r"{(\w+)}", number, path),
        re.sub(r'"{(\w+)}"', number, data),
    )


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
