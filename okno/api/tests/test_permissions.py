"""Who may do what through a token: Alice (admin), Bob (Support), Carol (Sales: must not see)."""

import json
from datetime import timedelta

import pytest
from django.test import Client

from okno.access.actions import change_agent, create_token, revoke_token
from okno.access.models import ApiToken
from okno.api.tests.conftest import Program, make_token
from okno.desk.actions import mark_delivery, note, reply
from okno.desk.actions.reply import Body
from okno.desk.contract import DeliveryState
from okno.desk.models import Attachment, Conversation, Delivery
from okno.kit import clock
from okno.kit.blobs import File, keep
from okno.spine import SYSTEM, unit


@pytest.fixture
def scene(world):
    """A conversation of Support with a reply that failed, a note, and a file on each."""
    found = world.letter("Secret words").conversation
    kept = keep([File("a.txt", "text/plain", b"a"), File("b.txt", "", b"b")])
    world.do(reply, world.bob, found, Body("Answer"), files=kept[:1])
    world.do(note, world.bob, found, "Between us", files=kept[1:])
    delivery = Delivery.objects.select_related("message").get()
    with unit(SYSTEM, "test"):
        mark_delivery(delivery, DeliveryState.FAILED, "550 no such user")
    file, staff_file = Attachment.objects.order_by("pk")
    message = found.messages.order_by("pk").first()
    return {
        "n": found.pk,
        "delivery": delivery.pk,
        "file": file.pk,
        "staff_file": staff_file.pk,
        "message": message.pk,
    }


OWN = "/conversations/{n}"
READS = [OWN, OWN + "/messages", OWN + "/notes", "/attachments/{file}", "/attachments/{staff_file}"]
WRITES = [
    ("PATCH", OWN, {"priority": 4}),
    ("POST", OWN + "/messages", {"text": "x"}),
    ("POST", OWN + "/messages/{message}/forward", {"to": {"address": "e@maker.example"}}),
    ("POST", OWN + "/notes", {"text": "x"}),
    ("POST", OWN + "/merge", {"into": 1}),
    ("POST", OWN + "/split", {"messages": [1]}),
    ("POST", "/deliveries/{delivery}/send-again", None),
    ("POST", "/deliveries/{delivery}/mark-sent", None),
]


@pytest.mark.parametrize("path", READS)
def test_a_foreign_thing_looks_exactly_like_an_absent_one(scene, programs, path):
    absent = path.format(**dict.fromkeys(scene, 999_999))
    foreign = programs["carol"].raw("GET", path.format(**scene))
    assert foreign.status_code == 404
    assert foreign.content == programs["carol"].raw("GET", absent).content
    for name in ("alice", "bob"):
        assert programs[name].raw("GET", path.format(**scene)).status_code == 200


@pytest.mark.parametrize(("method", "path", "data"), WRITES)
def test_a_foreign_thing_cannot_be_changed(scene, programs, method, path, data):
    before = list(Conversation.objects.values())
    response = programs["carol"].raw(method, path.format(**scene), data)
    absent = programs["carol"].raw(method, path.format(**dict.fromkeys(scene, 999_999)), data)
    assert (response.status_code, response.content) == (404, absent.content)
    assert list(Conversation.objects.values()) == before


def test_lists_leave_out_what_is_foreign(scene, world, programs):
    for path in ("/conversations", "/conversations?updated_after=2000-01-01T00:00:00Z"):
        assert programs["carol"]("GET", path)[1]["items"] == []
        assert len(programs["bob"]("GET", path)[1]["items"]) == 1
    own = world.letter(who="eve").conversation
    status, _ = programs["bob"]("POST", f"/conversations/{own.pk}/merge", {"into": 999_999})
    assert status == 404


@pytest.mark.parametrize(("method", "path", "data"), WRITES)
def test_a_token_that_may_only_read_changes_nothing(scene, world, method, path, data):
    reader = Program(make_token(world.bob, "read"))
    before = list(Conversation.objects.values())
    data = {"messages": [scene["message"]]} if path.endswith("split") else data
    data = {"into": world.letter().conversation_id} if path.endswith("merge") else data
    before = list(Conversation.objects.values())
    status, problem = reader(method, path.format(**scene), data)
    assert status == 403
    assert "scope" in problem["detail"]
    assert list(Conversation.objects.values()) == before


@pytest.mark.parametrize("path", ["/events", "/stuck"])
def test_what_only_administrators_see(scene, world, programs, path):
    assert programs["alice"]("GET", path)[0] == 200
    assert programs["bob"]("GET", path)[0] == 403
    narrow = Program(make_token(world.alice, "read"))
    assert narrow("GET", path)[0] == (403 if path == "/events" else 200)
    overreaching = Program(make_token(world.bob, "admin"))
    assert overreaching("GET", path)[0] == 403


def test_light_agents_write_notes_but_no_replies(scene, world):
    world.do(change_agent, world.alice, world.bob, role="light")
    light = Program(make_token(world.bob))
    assert light("POST", f"/conversations/{scene['n']}/notes", {"text": "x"})[0] == 201
    assert light("POST", f"/conversations/{scene['n']}/messages", {"text": "x"})[0] == 403
    opened = {"channel": world.channel.pk, "requester": {"address": "a@b.example"}, "text": "x"}
    assert light("POST", "/conversations", opened)[0] == 403


def test_carol_opens_nothing_in_the_channel_of_support(scene, world, carol):
    data = {"channel": world.channel.pk, "requester": {"address": "a@b.example"}, "text": "x"}
    status, problem = carol("POST", "/conversations", data)
    assert (status, Conversation.objects.count()) == (403, 1), problem


ROUTES = ["/conversations", "/channels", "/agents", "/contacts", "/search?q=secret", "/events"]


def refused_everywhere(token):
    for path in ROUTES:
        status, problem = Program(token)("GET", path)
        assert (status, problem["title"]) == (401, "Unauthorized")


def test_tokens_end(world):
    """E11: expired, revoked, or its agent switched off: at once, and the same answer."""
    with unit(SYSTEM, "test"):
        past = clock.now() - timedelta(seconds=1)
        _, expired = create_token(SYSTEM, world.bob, expires_at=past)
        revoked_row, revoked = create_token(SYSTEM, world.bob)
        _, of_carol = create_token(SYSTEM, world.carol)
    assert Program(revoked)("GET", "/channels")[0] == 200
    assert Program(of_carol)("GET", "/channels")[0] == 200
    world.do(revoke_token, world.alice, revoked_row)
    world.do(change_agent, world.alice, world.carol, is_active=False)
    for token in (expired, revoked, of_carol):
        refused_everywhere(token)


def test_tokens_are_taken_from_the_header_only_and_kept_as_a_hash(world):
    text = make_token(world.bob)
    client = Client()
    for path in (f"?token={text}", f"?access_token={text}", f"?Authorization=Bearer {text}"):
        assert client.get(f"/api/v1/channels{path}").status_code == 401
    client.cookies["token"] = text
    assert client.get("/api/v1/channels").status_code == 401
    row = ApiToken.objects.get()
    assert text not in json.dumps([row.prefix, row.digest, row.name, row.scopes])


@pytest.mark.parametrize(
    "header",
    ["", "Bearer", "Bearer ", "Bearer okno_", "Basic b2s6b2s=", "okno_x", "Bearer okno_" + "a" * 99]
    + ["Bearer okno_\u00e9\u00e9\u00e9", "Bearer okno_' OR 1=1 --aaaaaaaaaaaaaa", "Bearer \0okno_"],
)
def test_what_is_no_token_is_401(world, header):
    response = Client().get("/api/v1/channels", headers={"Authorization": header})
    assert response.status_code == 401
    assert response["WWW-Authenticate"] == "Bearer"
    assert response["Content-Type"] == "application/problem+json"


def test_a_signed_in_session_is_no_token(world):
    client = Client()
    client.force_login(world.alice.user)
    assert client.get("/api/v1/channels").status_code == 401


def test_one_letter_wrong_is_no_token(world):
    text = make_token(world.bob)
    wrong = text[:-1] + ("a" if text[-1] != "a" else "b")
    refused_everywhere(wrong)


def test_channels_show_no_settings_or_secrets(world, alice):
    world.channel.settings = {"host": "mail.inside.example"}
    world.channel.secrets = "sealed-secret"
    world.channel.save()
    text = alice.raw("GET", "/channels").content.decode()
    assert "inside" not in text and "sealed" not in text
    assert set(json.loads(text)["items"][0]) == {"id", "kind", "name", "address", "health"}
