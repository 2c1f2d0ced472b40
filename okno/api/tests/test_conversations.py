"""What the API does with conversations, in and out."""

import base64
import json
from urllib.parse import quote

from okno.desk.models import Attachment, Conversation, Delivery, Message
from okno.spine.models import Event


def opened(program, world, **more):
    data = {
        "channel": world.channel.pk,
        "requester": {"name": "Ann", "address": "Ann@Client.example"},
        "subject": "Cup",
        "text": "The cup is broken.",
        **more,
    }
    return program("POST", "/conversations", data)


def test_opened_as_if_the_client_wrote_sends_nothing(world, bob):
    status, made = opened(bob, world)
    assert status == 201
    assert made["requester"]["address"] == "ann@client.example"
    assert (made["status"], made["team"]["name"], made["assignee"]) == ("open", "Support", None)
    assert made["waiting_since"] and not Delivery.objects.exists()
    _, page = bob("GET", f"/conversations/{made['number']}/messages")
    (message,) = page["items"]
    assert (message["direction"], message["level"]) == ("in", "claimed")
    assert message["author"] == {
        "type": "contact",
        "id": made["requester"]["id"],
        "name": "Ann",
        "address": "ann@client.example",
    }
    assert set(Event.objects.filter(name="message.received").values_list("via", flat=True)) == {
        "api"
    }


def test_opened_by_our_first_letter_is_on_its_way(world, bob):
    status, made = opened(bob, world, direction="out")
    assert (status, made["status"], made["assignee"]["name"]) == (201, "pending", "Bob")
    assert Delivery.objects.get().address == "ann@client.example"


def test_reply_with_a_file_and_the_file_again(world, bob):
    number = world.letter().conversation_id
    content = base64.b64encode(b"%PDF-1.4 hello").decode()
    file = {"filename": "../../bill.pdf", "content_type": "text/html", "content_base64": content}
    status, message = bob(
        "POST", f"/conversations/{number}/messages", {"text": "Here.", "attachments": [file]}
    )
    assert (status, message["delivery"], message["direction"]) == (201, "queued", "out")
    (shown,) = message["attachments"]
    assert "/" not in shown["filename"] and shown["size"] == 14
    response = bob.raw("GET", f"/attachments/{shown['id']}")
    assert b"".join(response.streaming_content) == b"%PDF-1.4 hello"
    assert response["Content-Disposition"].startswith("attachment")
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert "html" not in response["Content-Type"]


def test_notes_never_come_among_messages(world, bob):
    number = world.letter().conversation_id
    status, note = bob("POST", f"/conversations/{number}/notes", {"text": "He is a liar."})
    assert (status, note["author"]["name"]) == (201, "Bob")
    assert "liar" not in json.dumps(bob("GET", f"/conversations/{number}/messages"))
    assert bob("GET", f"/conversations/{number}/notes")[1]["items"] == [note]


def test_patch_changes_what_is_named_and_nothing_else(world, bob):
    number = world.letter().conversation_id
    _, before = bob("GET", f"/conversations/{number}")
    status, after = bob(
        "PATCH",
        f"/conversations/{number}",
        {"tags": ["vip", "Broken"], "assignee": world.bob.pk, "priority": 4, "status": "pending"},
    )
    assert (status, after["tags"], after["assignee"]["name"]) == (200, ["Broken", "vip"], "Bob")
    assert (after["priority"], after["status"]) == (4, "pending")
    same = ("subject", "team", "due_at", "requester", "channel", "created_at")
    assert {k: before[k] for k in same} == {k: after[k] for k in same}
    _, after = bob("PATCH", f"/conversations/{number}", {"tags": ["vip"], "assignee": None})
    assert (after["tags"], after["assignee"]) == (["vip"], None)


def test_patch_of_an_old_version_is_refused_whole(world, bob):
    number = world.letter().conversation_id
    _, seen = bob("GET", f"/conversations/{number}")
    assert (
        bob("PATCH", f"/conversations/{number}", {"priority": 1, "version": seen["version"]})[0]
        == 200
    )
    status, problem = bob(
        "PATCH", f"/conversations/{number}", {"priority": 4, "version": seen["version"]}
    )
    assert (status, problem["type"]) == (409, "urn:okno:problem:outdated")
    assert Conversation.objects.get().priority == 1
    status, _ = bob("PATCH", f"/conversations/{number}", {"subject": "New", "fields": {"no": 1}})
    assert status == 422 and Conversation.objects.get().subject == "My order"


def test_the_list_pages_through_everything_once(world, bob):
    numbers = [world.letter(subject=f"No {i}").conversation_id for i in range(7)]
    seen, after = [], ""
    while True:
        _, page = bob("GET", f"/conversations?limit=3&after={after}")
        seen += [item["number"] for item in page["items"]]
        if not (after := page["next"]):
            break
    assert seen == numbers[::-1]


def test_filters(world, bob):
    first = world.letter().conversation_id
    second = world.letter(who="eve").conversation_id
    bob("PATCH", f"/conversations/{first}", {"assignee": world.bob.pk, "tags": ["vip"]})
    bob("PATCH", f"/conversations/{second}", {"tags": ["Приём"]})
    _, mine = bob("GET", "/conversations?assignee=me")
    moment = mine["items"][0]["last_message_at"]
    expected = {
        "status=open": {first, second},
        "status=solved": set(),
        "assignee=me": {first},
        "assignee=none": {second},
        f"assignee={world.bob.pk}": {first},
        f"team={world.support.pk}": {first, second},
        "team=none": set(),
        f"channel={world.channel.pk}": {first, second},
        "tag=vip": {first},
        "tag=VIP": {first},
        "tag=vi": set(),
        f"tag={quote('ПРИЕМ')}": {second},
        f"requester={world.eve.pk}": {second},
        "spam=true": set(),
        "bin=true": set(),
        "updated_after=2000-01-01T00:00:00Z": {first, second},
        f"updated_after={moment}": {first, second},
        "updated_after=2999-01-01T00:00:00Z": set(),
    }
    for query, numbers in expected.items():
        status, page = bob("GET", f"/conversations?{query}")
        assert status == 200
        assert {item["number"] for item in page["items"]} == numbers, query


def test_merge_and_split(world, bob):
    first = world.letter("One").conversation_id
    second = world.letter("Two").conversation_id
    status, target = bob("POST", f"/conversations/{second}/merge", {"into": first})
    assert (status, target["number"]) == (200, first)
    ids = list(Message.objects.filter(conversation=first).values_list("pk", flat=True))
    assert len(ids) == 2
    status, made = bob(
        "POST", f"/conversations/{first}/split", {"messages": ids[1:], "subject": "Apart"}
    )
    assert (status, made["subject"]) == (201, "Apart")
    status, _ = bob("POST", f"/conversations/{first}/split", {"messages": ids[1:]})
    assert status == 422


def test_files_are_not_kept_for_a_repeated_request(world, bob):
    number = world.letter().conversation_id
    file = {"filename": "a.txt", "content_base64": "YQ=="}
    for _ in range(2):
        bob(
            "POST",
            f"/conversations/{number}/messages",
            {"text": "x", "attachments": [file]},
            Idempotency_Key="one",
        )
    assert Attachment.objects.count() == 1
