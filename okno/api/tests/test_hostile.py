"""Requests that try to get more than they name: C10 mass assignment, C11 filters, odd bodies."""

import json

import pytest
from django.db import connection
from django.test import Client

from okno.contacts.models import Contact, Identity
from okno.desk.models import Conversation, Message

TRICKS = {
    "team": 1,
    "role": "admin",
    "is_verified": True,
    "author": {"type": "agent", "id": 1},
    "agent": 1,
    "created_at": "2001-01-01T00:00:00Z",
    "internal": False,
    "level": "verified",
    "number": 7,
    "id": 7,
    "requester_id": 1,
    "channel_id": 2,
    "merged_into": 1,
    "binned_at": None,
    "key": "x",
    "__class__": "x",
}
PATCH_ALLOWS = {"team"}


def everything():
    tables = (Conversation, Message, Contact, Identity)
    return [list(table.objects.order_by("pk").values()) for table in tables]


@pytest.mark.parametrize("name", TRICKS)
def test_mass_assignment_changes_nothing(world, bob, name):
    found = world.letter().conversation
    before = everything()
    trick = {name: TRICKS[name]}
    person = {"address": "a@b.example"}
    tries = [
        ("POST", "/conversations", {"channel": world.channel.pk, "requester": person, "text": "x"}),
        ("POST", f"/conversations/{found.pk}/messages", {"text": "x"}),
        ("POST", f"/conversations/{found.pk}/notes", {"text": "x"}),
        ("POST", "/contacts", {"name": "x"}),
        ("PATCH", f"/contacts/{world.dan.pk}", {"name": "y"}),
        ("POST", f"/conversations/{found.pk}/split", {"messages": [1]}),
        ("POST", f"/conversations/{found.pk}/merge", {"into": found.pk}),
    ]
    if name not in PATCH_ALLOWS:
        tries.append(("PATCH", f"/conversations/{found.pk}", {"priority": 1}))
    for method, path, data in tries:
        status, problem = bob(method, path, data | trick)
        assert status == 422, (path, problem)
        assert any(error["location"].endswith(name) for error in problem["errors"])
    nested = {"channel": world.channel.pk, "requester": person | trick, "text": "x"}
    assert bob("POST", "/conversations", nested)[0] == 422
    assert everything() == before


FUZZ = [
    "nonsense=1",
    "status=OPEN",
    "status=open'--",
    "status__in=open",
    "status[]=open",
    "status[$ne]=open",
    "assignee=1 OR 1=1",
    "assignee=-1",
    "assignee=1e3",
    "assignee=99999999999999999999",
    "assignee__user__password__startswith=a",
    "channel=0",
    "channel=true",
    "channel=1.5",
    "team=[1]",
    "tag=" + "x" * 61,
    "requester={}",
    "spam=2",
    "bin=maybe",
    "updated_after=yesterday",
    "updated_after=2024-01-01",
    "updated_after=2024-01-01T00:00:00",
    "updated_after=0001-01-01T00:00:00%2B14:00",
    "limit=0",
    "limit=201",
    "limit=-1",
    "order_by=requester__user__password",
    "sort=-number",
    "fields=*",
]


@pytest.mark.parametrize("query", FUZZ)
def test_filters_take_only_what_they_know(world, bob, query):
    world.letter()
    status, problem = bob("GET", f"/conversations?{query}")
    assert (status, problem["title"]) == (422, "Unprocessable Entity"), problem


def test_a_query_that_holds_nul_is_refused_before_it_is_read(world, bob):
    for path in ("/conversations?tag=%00", "/search?q=a%00b", "/contacts?email=%00"):
        status, problem = bob("GET", path)
        assert (status, problem["title"]) == (400, "Bad Request")


@pytest.mark.parametrize(
    "key", ["x", "-", "1-", "-1", "1-1-1", "²-²", "9" * 18 + "-1", "1-" + "9" * 19, "' OR 1=1--"]
)
@pytest.mark.parametrize("path", ["/conversations", "/events", "/search?q=a&", "/contacts"])
def test_page_keys_that_are_not_ours(world, alice, path, key):
    joint = "" if path.endswith("&") else "?"
    status, problem = alice("GET", f"{path}{joint}after={key}")
    assert (status, problem["title"]) == (400, "Bad Request")


BODIES = [
    (b"", 422),
    (b"{", 400),
    (b"[]", 422),
    (b"null", 422),
    (b'"text"', 422),
    (b"[" * 100_000, 400),
    (b'{"text": NaN}', 400),
    (b'{"text": 1}', 422),
    (b'{"text": {"$gt": ""}}', 422),
    (b'{"text": "a\\u0000b"}', 422),
    (b'{"text": "\\ud800"}', 422),
    (b'{"text": ""}', 422),
    (b'{"text": "x", "seen": 9223372036854775808}', 422),
    (b'{"text": "x", "seen": ' + b"9" * 5000 + b"}", 400),
    (b'{"text": "x", "cc": [{"address": "nobody"}]}', 422),
    (b'{"text": "x", "attachments": [{"filename": "a", "content_base64": "*"}]}', 422),
    (b"\xff\xfe{}", 400),
    (b'{"text": "' + b"x" * 1_000_001 + b'"}', 422),
]


@pytest.mark.parametrize(("body", "expected"), BODIES, ids=[str(b[0][:40]) for b in BODIES])
def test_odd_bodies(world, bob, body, expected):
    path = f"/api/v1/conversations/{world.letter().conversation_id}/messages"
    headers = {"Authorization": f"Bearer {bob.token}"}
    response = Client(raise_request_exception=False).generic(
        "POST", path, body, content_type="application/json", headers=headers
    )
    assert response.status_code == expected, response.content
    assert response["Content-Type"] == "application/problem+json"
    assert Message.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "expected"),
    [({"a": 1}, 422), ({"a": [1]}, 422), ({"a": {"b": 1}}, 422), ([], 422), ({"a": "\0"}, 422)],
)
def test_own_fields_take_plain_values_of_known_names(world, bob, fields, expected):
    number = world.letter().conversation_id
    assert bob("PATCH", f"/conversations/{number}", {"fields": fields})[0] == expected


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("DELETE", "/conversations", 405),
        ("PUT", "/conversations/1", 405),
        ("TRACE", "/channels", 405),
        ("GET", "/nothing", 404),
        ("GET", "/", 404),
        ("GET", "/docs", 404),
        ("GET", "/conversations/", 404),
        ("GET", "/conversations/abc", 422),
        ("GET", "/conversations/-1", 422),
        ("GET", "/conversations/" + "9" * 30, 422),
        ("GET", "/conversations/1%00", 422),
        ("GET", "/conversations/%F0%9F%92%A9", 422),
    ],
)
def test_every_refusal_is_a_problem(world, bob, method, path, expected):
    response = bob.raw(method, path)
    assert response.status_code == expected
    assert response["Content-Type"] == "application/problem+json"
    assert json.loads(response.content)["status"] == expected


def test_other_types_and_sizes(world, bob):
    client, headers = Client(), {"Authorization": f"Bearer {bob.token}"}
    path = "/api/v1/contacts"
    for kind in ("text/plain", "application/x-www-form-urlencoded", "multipart/form-data"):
        response = client.generic("POST", path, b"a=b", content_type=kind, headers=headers)
        assert response.status_code == 415
    huge = {"CONTENT_LENGTH": str(31 * 1024 * 1024)}
    response = client.generic(
        "POST", path, b"{}", content_type="application/json", headers=headers, **huge
    )
    assert response.status_code == 413
    assert response["Content-Type"] == "application/problem+json"


def test_outside_of_the_version_too(db):
    for path in ("/api/", "/api/v2/conversations", "/api/v1/../../etc"):
        response = Client().get(path)
        assert response.status_code == 404
        assert response["Content-Type"] == "application/problem+json"


@pytest.mark.parametrize("n", [1, 5])
def test_a_page_costs_the_same_number_of_queries(world, bob, n, django_assert_max_num_queries):
    for _ in range(n):
        world.letter()
    with django_assert_max_num_queries(5):
        assert len(bob("GET", "/conversations")[1]["items"]) == n
    assert connection.vendor in ("sqlite", "postgresql")
