"""The chat at its edge: HTTP in, messages and JSON out."""

import uuid

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from okno.channels.models import Inbound
from okno.desk import actions
from okno.desk.models import Conversation, Message, Status
from okno.portal.tests.guests import Visitor, make_channel, work

PNG = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR" + b"\0" * 40


def answer(world, text, conversation=None, **more):
    conversation = conversation or Conversation.objects.order_by("-pk").first()
    message = world.do(actions.reply, world.bob, conversation, actions.Body(text), **more)
    work()
    return message


def test_a_visitor_writes_an_agent_answers_the_visitor_reads(world, visitor):
    client_id = str(uuid.uuid4())
    assert visitor.write("Is the blue bike there?", client_id)[1] == {
        "id": client_id,
        "state": "accepted",
    }
    assert Inbound.objects.count() == 1
    work()
    answer(world, "Yes, two of them.")
    ours, theirs = visitor.history()[::-1]
    assert (theirs["text"], theirs["client_id"]) == ("Is the blue bike there?", client_id)
    assert (ours["text"], ours["from"], ours["name"], ours["initials"]) == (
        "Yes, two of them.",
        "us",
        "Bob",
        "B",
    )
    talk = Conversation.objects.get()
    assert (talk.status, talk.team, talk.channel.kind) == (Status.PENDING, world.support, "widget")


@pytest.mark.parametrize("times", [2, 5])
def test_the_same_message_again_is_one_message_and_the_same_answer(visitor, times):
    """R26."""
    client_id = str(uuid.uuid4())
    answers = [
        visitor.write("Hello", client_id, page=f"https://shop.example/{n}") for n in range(times)
    ]
    work()
    answers.append(visitor.write("Hello", client_id))
    work()
    assert answers == [(200, {"id": client_id, "state": "accepted"})] * (times + 1)
    assert visitor.texts() == ["Hello"]
    assert visitor.write("Something else", client_id) == (409, {"error": "id_used"})
    assert Inbound.objects.count() == 1


def test_an_answer_is_read_only_once_it_is_sent(world, visitor):
    visitor.write("Hello")
    work()
    talk = Conversation.objects.get()
    world.do(actions.reply, world.bob, talk, actions.Body("Not yet"))
    assert visitor.texts() == ["Hello"]
    work()
    assert visitor.texts() == ["Hello", "Not yet"]


def test_notes_drafts_and_tags_are_behind_no_door(world, visitor):
    """C03."""
    visitor.write("Hello")
    work()
    talk = Conversation.objects.get()
    world.do(actions.note, world.bob, talk, "MARKERWORD about this client")
    world.do(actions.save_draft, world.bob, talk, "MARKERWORD draft")
    world.do(actions.add_tag, world.bob, talk, "markerword")
    answer(world, "Good day")
    for method, path in [("GET", "messages"), ("GET", "messages?after=1"), ("GET", "transcript"),
                         ("POST", "session")]:  # fmt: skip
        assert b"markerword" not in visitor.raw(method, path).content.lower()
    assert visitor.texts() == ["Hello", "Good day"]


def test_files_come_and_go_and_are_what_their_bytes_say(world, visitor):
    status, _ = visitor.upload("Look", SimpleUploadedFile("evil.html", PNG, "text/html"))
    assert status == 200
    work()
    [message] = visitor.history()
    [file] = message["files"]
    assert (file["name"], file["is_picture"]) == ("evil.html", True)
    response = visitor.raw("GET", f"files/{file['id']}")
    assert b"".join(response.streaming_content) == PNG
    assert response["Content-Type"] == "application/octet-stream"
    assert response["Content-Disposition"].startswith("attachment")
    stranger = Visitor(visitor.channel).start()
    assert stranger.raw("GET", f"files/{file['id']}").status_code == 404
    assert (
        stranger.raw("GET", "files/999999").content
        == stranger.raw("GET", f"files/{file['id']}").content
    )


def test_too_large_and_empty_are_refused_and_nothing_is_stored(visitor):
    big = SimpleUploadedFile("big.bin", b"x" * (10 * 1024 * 1024 + 1))
    assert visitor.upload("", big)[0] == 413
    assert visitor.write("   ")[0] == 400
    assert visitor.write("Hello", "not-an-id")[0] == 400
    assert not Inbound.objects.exists()


def test_seen_becomes_delivered_then_read(world, visitor):
    visitor.write("Hello")
    work()
    message = answer(world, "Good day")
    delivery = message.deliveries.get()
    assert delivery.state == "sent"
    for is_read, state in ((False, "delivered"), (True, "read"), (False, "read")):
        assert visitor("POST", "seen", {"id": message.pk, "is_read": is_read})[0] == 200
        delivery.refresh_from_db()
        assert delivery.state == state
    assert visitor.history()[-1]["is_read"] is True


def test_a_stranger_cannot_mark_anothers_messages(world, visitor):
    visitor.write("Hello")
    work()
    message = answer(world, "Good day")
    stranger = Visitor(visitor.channel).start()
    stranger.write("Me too")
    work()
    stranger("POST", "seen", {"id": message.pk + 10, "is_read": True})
    assert message.deliveries.get().state == "sent"


def test_where_the_visitor_was_is_kept_without_secrets(visitor):
    visitor.write(
        "Hello",
        page="https://shop.example/cart?token=secret#x",
        title="Cart",
        path=["https://shop.example/", "javascript:alert(1)"],
        email="me@client.example",
    )
    work()
    visit = Conversation.objects.get().visit
    assert visit == {
        "page": "https://shop.example/cart",
        "title": "Cart",
        "email": "me@client.example",
        "path": ["https://shop.example/"],
    }
    assert Message.objects.get().level == "claimed"


def test_a_merge_shows_no_words_of_another_client(world, visitor):
    other = Visitor(visitor.channel).start()
    for who, text in ((visitor, "Mine"), (other, "Theirs")):
        who.write(text)
        work()
        answer(world, f"About {text.lower()}")
    mine, theirs = Conversation.objects.order_by("pk")
    world.do(actions.merge, world.alice, theirs, mine)
    assert visitor.texts() == ["Mine", "About mine"]
    assert "Mine" not in other.texts() and "About mine" not in other.texts()
    other.write("Still here")
    work()
    assert "Still here" in other.texts()
    assert "Still here" not in visitor.texts()


def test_a_closed_chat_opens_a_new_one_and_the_history_stays(world, visitor):
    visitor.write("First")
    work()
    talk = Conversation.objects.get()
    answer(world, "Done", then="closed")
    visitor.write("Again")
    work()
    assert visitor.texts() == ["First", "Done", "Again"]
    assert Conversation.objects.exclude(pk=talk.pk).get().previous == talk


def test_paging_by_id(visitor):
    for number in range(4):
        visitor.write(f"m{number}")
        work()
    ids = [message["id"] for message in visitor.history()]
    after = visitor("GET", f"messages?after={ids[1]}")[1]["messages"]
    assert [m["text"] for m in after] == ["m2", "m3"]
    before = visitor("GET", f"messages?before={ids[2]}")[1]["messages"]
    assert [m["text"] for m in before] == ["m0", "m1"]


def test_limits_hold_per_visitor_and_a_forwarded_address_changes_nothing(visitor):
    """C16."""
    answers = [visitor.write("x")[0] for _ in range(21)]
    assert answers == [200] * 20 + [429]
    assert visitor("POST", "messages", {"id": str(uuid.uuid4()), "text": "x"},
                   **{"X-Forwarded-For": "198.51.100.9"})[0] == 429  # fmt: skip
    newcomers = [Visitor(visitor.channel, address="198.51.100.1")("POST", "session")[0]
                 for _ in range(61)]  # fmt: skip
    assert newcomers[:60] == [200] * 60 and newcomers[60] == 429


def test_a_channel_that_is_off_or_of_another_kind_is_absent(world, visitor):
    other = make_channel("form", "Form", world.support)
    assert Visitor(other)("POST", "session")[0] == 404
    world.do(actions.change_channel, world.alice, visitor.channel, is_active=False)
    assert visitor.write("Hello")[0] == 404


def test_27_a_long_name_of_a_file_keeps_its_ending(visitor):
    name = "Договор поставки " * 14 + ".pdf"
    visitor.upload("See the file", SimpleUploadedFile(name, b"%PDF-1.4 x"))
    work()
    (file,) = Message.objects.get().attachments.all()
    assert file.name.startswith("Договор поставки") and file.name.endswith(".pdf")
