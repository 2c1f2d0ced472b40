"""R25 and R26 in short: real threads, committed rows, on the database of the run."""

import json
import sqlite3
import threading
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import psycopg
import pytest
from django.db import connection, connections

from okno.api.models import IdempotencyRecord
from okno.api.tests.conftest import Program, make_token, programs_of
from okno.contacts.models import Contact
from okno.desk.actions import note
from okno.desk.contract import ThreadHint
from okno.desk.models import Conversation, Delivery, Message, Note
from okno.spine.models import Event

TIMES = 10


def together(*calls):
    """Run the calls at the same moment; their results in order."""
    gate = threading.Barrier(len(calls))

    def run(call):
        gate.wait()
        try:
            return call()
        finally:
            connections.close_all()

    with ThreadPoolExecutor(len(calls)) as pool:
        return [future.result() for future in [pool.submit(run, call) for call in calls]]


def times(n, program, method, path, data, key):
    def call():
        fresh = Program(program.token)
        headers = {"Idempotency-Key": key} if key else {}
        response = fresh.raw(method, path, data, **headers)
        return response.status_code, response.content

    return together(*[call] * n)


@pytest.mark.parametrize("n", [2, TIMES])
def test_one_key_many_times_at_once_is_one_reply_and_one_answer(live_world, n):
    bob = programs_of(live_world)["bob"]
    path = f"/conversations/{live_world.letter().conversation_id}/messages"
    answers = times(n, bob, "POST", path, {"text": "On its way"}, "click-1")
    assert len(set(answers)) == 1 and answers[0][0] == 201
    assert Message.objects.filter(direction="out").count() == Delivery.objects.count() == 1
    assert Event.objects.filter(name="message.queued").count() == 1
    assert times(1, bob, "POST", path, {"text": "On its way"}, "click-1")[0] == answers[0]


@pytest.mark.parametrize("direction", ["in", "out"])
def test_one_key_opens_one_conversation(live_world, direction):
    bob = programs_of(live_world)["bob"]
    data = {
        "channel": live_world.channel.pk,
        "requester": {"address": "new@client.example"},
        "text": "Hello",
        "direction": direction,
    }
    answers = times(TIMES, bob, "POST", "/conversations", data, "open-1")
    assert len(set(answers)) == 1 and answers[0][0] == 201
    assert Conversation.objects.count() == Message.objects.count() == 1


def test_one_key_writes_one_note_and_one_contact(live_world):
    bob = programs_of(live_world)["bob"]
    path = f"/conversations/{live_world.letter().conversation_id}/notes"
    assert len(set(times(5, bob, "POST", path, {"text": "x"}, "k"))) == 1
    before = Contact.objects.count()
    # The same key on another route is another request.
    assert {a[0] for a in times(5, bob, "POST", "/contacts", {"name": "x"}, "k")} == {409}
    assert len(set(times(5, bob, "POST", "/contacts", {"name": "x"}, "k2"))) == 1
    assert (Note.objects.count(), Contact.objects.count()) == (1, before + 1)


def test_a_new_client_who_is_written_to_twice_at_once_is_one_client(live_world):
    bob = programs_of(live_world)["bob"]
    data = {
        "channel": live_world.channel.pk,
        "requester": {"address": "twice@client.example", "name": "Twice"},
        "text": "Hello",
    }
    answers = times(6, bob, "POST", "/conversations", data, None)
    assert {status for status, _ in answers} == {201}
    assert {json.loads(body)["requester"]["id"] for _, body in answers} == {
        Contact.objects.get(name="Twice").pk
    }


def test_a_key_with_another_body_is_refused(live_world):
    bob = programs_of(live_world)["bob"]
    path = f"/conversations/{live_world.letter().conversation_id}/messages"
    answers = together(
        *[
            lambda text=text: Program(bob.token)(
                "POST", path, {"text": text}, Idempotency_Key="same"
            )
            for text in ("one", "two")
        ]
    )
    assert sorted(status for status, _ in answers) == [201, 409]
    refused = next(body for status, body in answers if status == 409)
    assert refused["type"] == "urn:okno:problem:idempotency-key-reused"
    assert Message.objects.filter(direction="out").count() == 1


def test_keys_of_two_agents_do_not_meet(live_world):
    programs = programs_of(live_world)
    path = f"/conversations/{live_world.letter().conversation_id}/messages"
    for name in ("alice", "bob"):
        status, _ = programs[name]("POST", path, {"text": name}, Idempotency_Key="same")
        assert status == 201
    assert Message.objects.filter(direction="out").count() == 2
    second = Program(make_token(live_world.bob))
    _, same = second("POST", path, {"text": "bob"}, Idempotency_Key="same")
    assert same["text"] == "bob" and Message.objects.filter(direction="out").count() == 2


def test_a_refused_request_keeps_no_answer(live_world):
    bob = programs_of(live_world)["bob"]
    path = f"/conversations/{live_world.letter().conversation_id}/messages"
    assert bob("POST", path, {"text": " "}, Idempotency_Key="k")[0] == 422
    assert not IdempotencyRecord.kept.exists()
    assert bob("POST", path, {"text": "x"}, Idempotency_Key="k")[0] == 201
    for bad in ("", " ", "a b", "x" * 256, "ключ"):
        response = bob.raw("POST", path, {"text": "x"}, **{"Idempotency-Key": bad})
        assert response.status_code == 422, bad


@pytest.mark.parametrize("round_", range(3))
def test_two_agents_reply_at_once_after_the_client_wrote(live_world, round_):
    programs = programs_of(live_world)
    found = live_world.letter()
    number, seen = found.conversation_id, found.pk
    from_client = live_world.letter("One more thing", thread=ThreadHint(number=number))
    answers = together(
        *[
            lambda name=name: Program(programs[name].token)(
                "POST", f"/conversations/{number}/messages", {"text": name, "seen": seen}
            )
            for name in ("alice", "bob")
        ]
    )
    for status, body in answers:
        assert (status, body["news"]) == (409, [from_client.pk])
    again = together(
        *[
            lambda name=name: Program(programs[name].token)(
                "POST", f"/conversations/{number}/messages", {"text": name}
            )
            for name in ("alice", "bob")
        ]
    )
    assert {status for status, _ in again} == {201}
    _, page = programs["bob"]("GET", f"/conversations/{number}/messages")
    texts = [item["text"] for item in page["items"]]
    assert texts[:2] == ["Where is my order?", "One more thing"]
    assert sorted(texts[2:]) == ["alice", "bob"]


def test_two_changes_of_one_version_are_one_change(live_world):
    programs = programs_of(live_world)
    path = f"/conversations/{live_world.letter().conversation_id}"
    version = programs["bob"]("GET", path)[1]["version"]
    answers = together(
        *[
            lambda p=priority: Program(programs["bob"].token)(
                "PATCH", path, {"priority": p, "version": version}
            )[0]
            for priority in (1, 3, 4)
        ]
    )
    assert sorted(answers) == [200, 409, 409]


def test_a_note_meanwhile_does_not_hold_up_a_reply(live_world):
    bob = programs_of(live_world)["bob"]
    found = live_world.letter()
    live_world.do(note, live_world.alice, found.conversation, "look at this")
    path = f"/conversations/{found.conversation_id}/messages"
    assert bob("POST", path, {"text": "x", "seen": found.pk})[0] == 201


@contextmanager
def locked_elsewhere():
    """Another program holds what a writer needs; this thread waits 50 ms for it instead of 20 s."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute("PRAGMA busy_timeout = 50")
            other = sqlite3.connect(connection.settings_dict["NAME"])
            other.execute("BEGIN IMMEDIATE")
        else:
            cursor.execute("SET lock_timeout = 50")
            other = psycopg.connect(**connection.get_connection_params() | {"cursor_factory": None})
            other.execute("LOCK TABLE contacts_contact IN ACCESS EXCLUSIVE MODE")
    try:
        yield
    finally:
        other.rollback()
        other.close()
        connection.close()


def test_a_locked_database_is_503_with_the_time_to_wait(live_world):
    bob = programs_of(live_world)["bob"]
    with locked_elsewhere():
        response = bob.raw("POST", "/contacts", {"name": "x"})
        assert (response.status_code, response["Retry-After"]) == (503, "2")
        assert response["Content-Type"] == "application/problem+json"
    assert bob("POST", "/contacts", {"name": "x"})[0] == 201
