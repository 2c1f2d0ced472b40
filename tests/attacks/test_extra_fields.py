"""C10: fields that nobody asked for change nothing, by each writing operation and each form."""

import json
import os
import re
import uuid

import pytest
from django.core.cache import cache
from django.db import transaction
from django.test import Client

from okno.api.tests.conftest import make_token
from okno.channels.models import Inbound
from okno.console.tests.conftest import browser_of, desk
from okno.desk.models import Conversation, Message
from okno.portal.form import pages
from okno.portal.tests.forms import Person
from okno.portal.tests.guests import Visitor, make_channel, work
from tests.access.routes import filled, ids, sent
from tests.access.table import API, CONSOLE
from tests.attacks.vectors import IS_LONG
from tests.rows import everything

pytestmark = pytest.mark.django_db
# Imported fixtures count as used.
__all__ = ["desk", "ids"]
MARK = "2001-01-01T00:00:00+00:00"
EXTRA = {
    "team": 2, "team_id": 2, "teams": [2], "role": "admin", "is_verified": True, "verified": True,
    "level": "verified", "author": 1, "agent": 1, "agent_id": 1, "assignee_id": 1, "owner": 1,
    "created_at": MARK, "sent_at": MARK, "at": MARK, "internal": True, "is_note": True,
    "is_active": False, "is_superuser": True, "is_staff": True, "user": 1, "user_id": 1, "id": 1,
    "pk": 1, "number": 1, "channel_id": 1, "requester_id": 2, "contact": 2, "direction": "out",
    "is_automatic": True, "key": "chosen", "external_id": "chosen", "scopes": ["admin"],
    "public_key": "chosen", "secrets": {"a": "b"}, "__proto__": {"role": "admin"},
    "conversation": 1, "is_spam": False, "merged_into": 1, "version": 0, "password": "chosen",
    "is_confirmed": True, "state": "sent", "deliveries": [], "is_blocked": True, "public": True,
}  # fmt: skip


def rows():
    """All rows as text; what chance and the clock made is left out."""
    text = json.dumps(everything())
    text = re.sub(r"[\w-]{20,}|\b[0-9a-f]{12,}\b|okno_[\w-]+", "…", text)
    return re.sub(
        r"20[2-9]\d-\d\d-\d\d|\d\d:\d\d:\d\d(\.\d+)?|datetime\(20[2-9]\d[^)]*\)", "@", text
    )


def effect(browser, path, form):
    """What a form changes in the database, and its status; all is taken back."""
    cache.clear()
    cookies, before = browser.cookies.copy(), transaction.savepoint()
    status = browser.post(path, form).status_code
    # A refusal says that nothing was taken; whether that is so others test.
    found = rows() if status < 400 else ""
    transaction.savepoint_rollback(before)
    browser.cookies = cookies
    return status, found


def test_C10_no_operation_of_the_API_takes_a_field_it_does_not_name(ids, world, capsys):
    """Each in turn, and inside of what is nested; a refusal, and nothing changed."""
    token = make_token(world.alice, "admin")
    browser = Client(raise_request_exception=False, headers={"Authorization": f"Bearer {token}"})
    before, asked, wrong = rows(), 0, []
    for key, (_, body) in API.items():
        method, path, data = sent(key, ids)
        if method == "GET" or body is None:
            continue
        given = json.loads(data)
        named = set(described(browser, key))
        bodies = [{**given, name: value} for name, value in EXTRA.items() if name not in named]
        if "requester" in given:
            bodies += [{**given, "requester": {**given["requester"], n: v}}
                       for n, v in EXTRA.items()]  # fmt: skip
        for each in bodies:
            answer = browser.generic(
                method, path, json.dumps(each), content_type="application/json"
            )
            asked += 1
            if answer.status_code not in (400, 422):
                wrong.append((key, set(each) - set(given), answer.status_code))
    assert wrong == []
    assert rows() == before
    with capsys.disabled():
        print(f"\nC10 n={asked} calls with a field too much: all refused, 0 changes")


_schema = {}


def described(browser, key):
    """The fields that an operation names in its description."""
    if not _schema:
        _schema.update(json.loads(browser.get("/api/v1/openapi.json").content))
    method, path = key.split()
    operation = _schema["paths"][f"/api/v1{path}"][method.lower()]
    shape = operation["requestBody"]["content"]["application/json"]["schema"]
    name = shape["$ref"].rpartition("/")[2]
    return _schema["components"]["schemas"][name]["properties"]


# What a form of this address does ask for, beside what is in GIVEN.
ASKED = {
    "conversations/<id:number>/assign": {"agent", "agent_id", "assignee_id"},
    "conversations/<id:number>/team": {"team", "team_id"},
    "conversations/<id:number>/snooze": {"at"},
    "conversations/<id:number>/write": {"key", "version"},
    "conversations/<id:number>/forward/<id:message_id>": {"key"},
    "write/": {"key", "team", "channel_id"},
    "conversations/<id:number>/join": {"number"},
    "many/": {"number", "at", "team", "agent"},
    "settings/channels/<id:channel_id>/": {"team", "is_active"},
    "settings/channels/add/<slug:kind>/": {"team", "is_active"},
    "settings/people/": {"role", "teams", "is_active"},
    "settings/people/<id:agent_id>/": {"role", "teams", "is_active", "version"},
    "settings/me/password": {"password"},
    "conversations/<id:number>/draft": {"is_note", "version"},
}
# Good values for what forms ask for, so that they are taken and something could slip in.
GIVEN = {
    "text": "Hello", "name": "Hello", "subject": "Hello", "status": "solved", "priority": "4",
    "tag": "hello", "address": "anna@client.example", "into": "1", "message": "1", "language": "en",
    "timezone": "UTC", "theme": "dark", "label": "Size", "type": "text", "until": "tomorrow",
    "scope": "read", "audience": "own", "sort": "newest", "icon": "inbox", "share": "own",
    "do": "save", "mode": "reply", "email": "nora@okno.example", "to": "anna@client.example",
    "field": "order", "value": "17", "way": "up", "does": "looks", "tab": "a", "kind": "email",
    "then": "pending", "smtp_port": "587", "imap_port": "993", "smtp_security": "starttls",
    "imap_security": "tls", "start": "now", "imap_folder": "INBOX", "sure": "1",
}  # fmt: skip


@pytest.mark.skipif(
    os.environ.get("OKNO_TEST_DATABASE") == "postgres",
    reason="a sequence of PostgreSQL does not go back, so that rows made twice differ",
)
def test_C10_no_form_of_the_console_takes_a_field_it_does_not_show(ids, world, capsys):
    """Each form sent twice into the same world, plain and with fields too many: the same rows.

    Bob works, Alice settles; in the long run each does both.
    """
    people = {name: browser_of(getattr(world, name)) for name in ("bob", "alice")}
    for browser in people.values():
        browser.get("/settings/me/")
    before, asked, changing, wrong = rows(), 0, 0, []
    for route in CONSOLE:
        who = "alice" if route.startswith(("settings", "stuck")) else "bob"
        for name in people if IS_LONG else [who]:
            form = {**GIVEN, "key": uuid.uuid4().hex}
            known = ASKED.get(route, set()) | set(form)
            more = {n: _plain(v) for n, v in EXTRA.items() if n not in known}
            path = filled(route, ids)
            once = effect(people[name], path, form)
            twice = effect(people[name], path, {**form, **more})
            asked += 1
            changing += once[1] not in (before, "")
            if once != twice or "2001-01-01" in twice[1]:
                wrong.append((route, once[0], twice[0], _difference(once[1], twice[1])))
    assert not wrong, "\n".join(f"{route}: {rest}" for route, *rest in wrong)
    # Otherwise nothing was taken, and nothing shown.
    assert changing > 35, changing
    with capsys.disabled():
        print(f"\nC10 n={asked} forms, {changing} that change something: 0 fields slip in")


def _plain(value):
    return json.dumps(value) if isinstance(value, dict | list) else str(value)


def _difference(one, two):
    first, second = json.loads(one or "{}"), json.loads(two or "{}")
    return {name: set(first.get(name, ())) ^ set(second.get(name, ()))
            for name in {*first, *second} if first.get(name) != second.get(name)}  # fmt: skip


def test_C10_nothing_a_stranger_adds_is_taken(world, capsys):
    """The chat and the form: who wrote, when, how sure we are and where it goes is ours to say."""
    before, pages.WAIT_SECONDS = pages.WAIT_SECONDS, 0.0
    chat = Visitor(make_channel("widget", "Velobaza", world.support)).start()
    more = {name: value for name, value in EXTRA.items() if name not in ("id",)}
    assert chat.write("Hello", **more)[0] == 200
    person = Person(make_channel("form", "Velobaza", world.support))
    extra = {n: _plain(v) for n, v in more.items()}
    person.request(**extra)
    work()
    pages.WAIT_SECONDS = before
    found = list(Message.objects.order_by("pk"))
    assert [message.level for message in found] == ["anonymous", "claimed"]
    for message in found:
        assert message.direction == "in" and message.agent is None
        assert message.created_at.year >= 2026 and not message.is_automatic
        assert "chosen" not in message.external_id
    for talk in Conversation.objects.all():
        assert (talk.team, talk.assignee, talk.status) == (world.support, None, "open")
        assert "role" not in json.dumps(talk.fields)
    assert Inbound.objects.count() == 2
    with capsys.disabled():
        print(f"\nC10 n={len(more)} fields too many by chat and form: 0 taken")
