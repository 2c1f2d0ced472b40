"""L3 and its kind: no value in an address or a form makes an error of ours, on either database."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import quote

import pytest
from django.db import transaction
from django.test import Client
from django.utils import timezone

from okno.access.actions import change_own
from okno.api.tests.conftest import make_token
from okno.console import when
from okno.console.tests.conftest import browser_of
from okno.desk.models import Conversation
from okno.kit import clock
from okno.spine import unit
from tests.access.table import API, CONSOLE

pytestmark = pytest.mark.django_db
HOSTILE = ("a\0b", "²", "٣", "-1", "9" * 18, "9" * 400, "0001-01-01", "9999-12-31", "n\0-1")
# What the console's addresses and forms are asked with.
ASKED = ("after", "before", "open", "view", "q", "sort", "since", "until", "who", "what", "seen",
         "again", "to", "lang", "status", "number")  # fmt: skip
SENT = ("name", "text", "html", "subject", "tag", "label", "into", "agent", "team", "message",
        "number", "status", "priority", "until", "when", "address", "key", "cc", "bcc", "to",
        "value", "field", "choices", "type", "email", "role", "mode", "company", "about",
        "audience", "share", "version", "then", "choice", "at", "password", "verb")  # fmt: skip
PARAMETER = re.compile(r"<(?:(\w+):)?(\w+)>")
# They end the session that asks.
NOT_SENT = {"settings/me/sessions/end-all"}


@pytest.fixture
def ids(world: Any) -> dict[str, str]:
    message = world.letter("Where is my order?")
    known = {"number": message.conversation_id, "message_id": message.pk, "kind": "email"}
    known |= {"contact_id": world.dan.pk, "channel_id": world.channel.pk, "name": "card"}
    known |= {"agent_id": world.bob.pk, "team_id": world.support.pk}
    return {name: str(value) for name, value in known.items()}


def paths(ids: dict[str, str]) -> list[tuple[str, str]]:
    """(route, address) of the console; an object that is not there has the number 1."""
    fill = lambda found: ids.get(found[2], "1")  # noqa: E731 - used once
    return [(route, "/" + PARAMETER.sub(fill, route)) for route in CONSOLE]


def broken(browser: Client, method: str, path: str, data: Any = None) -> bool:
    before = transaction.savepoint()
    status = getattr(browser, method)(path, data).status_code
    transaction.savepoint_rollback(before)
    return bool(status >= 500)


def test_L3_no_value_in_an_address_breaks_a_page(world, ids):
    browser, bad, n = browser_of(world.alice), [], 0
    for _, path in paths(ids):
        for value in HOSTILE:
            asked = path + "?" + "&".join(f"{name}={quote(value)}" for name in ASKED)
            n += 1
            if broken(browser, "get", asked):
                bad.append((path, value))
    for path in ("/", "/settings/audit/", f"/contacts/{ids['contact_id']}/", "/inbox/list"):
        for name in ASKED:
            for value in HOSTILE:
                n += 1
                if broken(browser, "get", f"{path}?{name}={quote(value)}"):
                    bad.append((path, name, value))
    print(f"L3: n={n}")
    assert bad == []


def test_L3_no_value_in_a_form_breaks_a_page(world, ids):
    browser, bad, n = browser_of(world.alice), [], 0
    for route, path in paths(ids):
        for value in ("\0", "a\0b", "²", "9" * 19, "0001-01-01") if route not in NOT_SENT else ():
            n += 1
            if broken(browser, "post", path, dict.fromkeys(SENT, value)):
                bad.append((path, value))
    print(f"L3: n={n}")
    assert bad == []


def test_L3_no_value_breaks_a_list_of_the_API_and_none_is_given_twice(world, ids):
    token = make_token(world.alice, "admin")
    program = Client(raise_request_exception=False, headers={"Authorization": f"Bearer {token}"})
    names = ("after", "limit", "status", "assignee", "team", "channel", "tag", "requester", "q",
             "spam", "updated_after", "suggested", "sort")  # fmt: skip
    bad = []
    for key in API:
        method, path = key.split()
        path = "/api/v1" + re.sub(r"{(\w+)}", lambda found: ids.get(found[1], "1"), path)
        for name in names if method == "GET" else ():
            for value in HOSTILE:
                if broken(program, "get", f"{path}?{name}={quote(value)}"):
                    bad.append((path, name, value))
    assert bad == []
    for twice in ("status=open&status=solved", "limit=1&limit=2", "tag=a&tag=a"):
        answer = program.get(f"/api/v1/conversations?{twice}")
        assert answer.status_code == 422 and b"more than once" in answer.content
    assert program.get("/api/v1/contacts?q=a&q=b").status_code == 422
    assert program.get("/api/v1/search?q=a&q=b").status_code == 422


@pytest.mark.parametrize("night", ["2026-10-25T00:30", "2026-10-25T01:30", "2026-03-29T00:30"])
def test_in_an_hour_is_an_hour_in_the_night_the_clocks_change(world, night):
    now = datetime.fromisoformat(night).replace(tzinfo=UTC)
    number = world.letter().conversation_id
    with unit(world.bob, "test"):
        change_own(world.bob, world.bob, timezone="Europe/Berlin")
    with clock.held_at(now):
        with timezone.override("Europe/Berlin"):
            usual = {key: at for key, _, at in when.snooze_choices()}
        assert usual["hour"] - now == timedelta(hours=1)
        browser_of(world.bob).post(f"/conversations/{number}/snooze", {"until": "hour"})
    until = Conversation.objects.get(pk=number).snoozed_until
    assert until - now == timedelta(hours=1)
