"""L2: a kept answer is given again only to who may still do and see what it tells."""

import pytest

from okno.access.models import Role
from okno.api.tests.conftest import Program, make_token
from okno.desk.actions import move_to_team
from okno.desk.models import Conversation, Message

pytestmark = pytest.mark.django_db
FILE = {"filename": "a.txt", "content_base64": "aGVsbG8="}


def ways(world):
    """Each write that keeps its answer: path and body, for a conversation of Bob's team."""
    first = world.letter()
    number = first.conversation_id
    other = world.letter(subject="Another", external_id="<other@client.example>").conversation_id
    return number, {
        "reply": (f"/conversations/{number}/messages", {"text": "Hello", "attachments": [FILE]}),
        "note": (f"/conversations/{number}/notes", {"text": "Hello"}),
        "forward": (
            f"/conversations/{number}/messages/{first.pk}/forward",
            {"to": {"address": "shop@elsewhere.example"}},
        ),
        "merge": (f"/conversations/{other}/merge", {"into": number}),
    }


WAYS = ("reply", "note", "forward", "merge")


@pytest.mark.parametrize("way", WAYS)
def test_l2_a_token_that_may_only_read_gets_no_answer_of_a_write(world, bob, way):
    _, found = ways(world)
    path, data = found[way]
    done = bob.raw("POST", path, data, **{"Idempotency-Key": "once"})
    assert done.status_code in (200, 201), done.content
    reader = Program(make_token(world.bob, "read"))
    status, answer = reader("POST", path, data, Idempotency_Key="once")
    assert status == 403 and "write" in answer["detail"], answer
    again = bob.raw("POST", path, data, **{"Idempotency-Key": "once"})
    assert (again.status_code, again.content) == (done.status_code, done.content)


def open_one(world, program):
    data = {
        "channel": world.channel.pk,
        "requester": {"address": "dan@client.example"},
        "text": "Where is it?",
    }
    return program("POST", "/conversations", data, Idempotency_Key="opened")


def test_l2_a_conversation_of_another_team_is_no_answer_any_more(world, bob):
    status, made = open_one(world, bob)
    assert status == 201
    talk = Conversation.objects.get(pk=made["number"])
    world.do(move_to_team, world.alice, talk, world.sales)
    status, answer = open_one(world, bob)
    assert status == 404 and "number" not in answer
    world.do(move_to_team, world.alice, talk, world.support)
    assert open_one(world, bob) == (201, made)
    assert Conversation.objects.count() == 1


def test_l2_a_role_that_may_write_no_more_gets_no_answer(world, bob):
    number, found = ways(world)
    path, data = found["reply"]
    assert bob("POST", path, data, Idempotency_Key="once")[0] == 201
    world.bob.role = Role.LIGHT
    world.bob.save()
    assert bob("POST", path, data, Idempotency_Key="once")[0] == 403
    assert Message.objects.filter(conversation=number, direction="out").count() == 1


def test_l2_a_client_of_nobody_is_no_answer(world, bob):
    data = {"name": "Ida", "identities": []}
    status, made = bob("POST", "/contacts", data, Idempotency_Key="ida")
    assert status == 201
    reader = Program(make_token(world.bob, "read"))
    assert reader("POST", "/contacts", data, Idempotency_Key="ida")[0] == 403
    assert bob("POST", "/contacts", data, Idempotency_Key="ida") == (201, made)
