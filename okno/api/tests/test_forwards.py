"""A program sends a message on to somebody outside; the client never hears of it."""

import pytest

from okno.desk import actions
from okno.desk.models import Delivery, Message
from okno.kit.blobs import File, keep

pytestmark = pytest.mark.django_db
EXPERT = {"address": "Expert@Maker.example", "name": "The expert"}


def path(message):
    return f"/conversations/{message.conversation_id}/messages/{message.pk}/forward"


def test_a_message_goes_on_with_its_words_and_files(world, bob):
    message = world.letter("The brake squeaks")
    talk = message.conversation
    files = keep([File("brake.txt", "text/plain", b"eeee")])
    answer = world.do(actions.reply, world.bob, talk, actions.Body("We look"), files=files)
    status, sent = bob("POST", path(message), {"to": EXPERT, "text": "Do you know this?"})
    assert status == 201, sent
    assert sent["text"].startswith("Do you know this?")
    assert "The brake squeaks" in sent["text"] and "dan@client.example" in sent["text"]
    letter = Message.every.get(pk=sent["id"])
    assert letter.aside.identity.address == "expert@maker.example"
    assert [d.address for d in Delivery.objects.filter(message=letter)] == ["expert@maker.example"]
    assert not Message.objects.filter(pk=letter.pk).exists()
    with_file = bob("POST", path(answer), {"to": EXPERT})[1]
    assert [f["filename"] for f in with_file["attachments"]] == ["brake.txt"]
    bare = {"to": EXPERT, "text": "Hello", "with_quote": False, "with_files": False}
    without = bob("POST", path(answer), bare)[1]
    assert (without["text"], without["attachments"]) == ("Hello", [])


def test_E07_the_same_key_forwards_once(world, bob):
    message = world.letter()
    asked = {"to": EXPERT, "text": "Please look"}
    first = bob("POST", path(message), asked, Idempotency_Key="once")
    again = bob("POST", path(message), asked, Idempotency_Key="once")
    assert first == again
    assert Message.every.exclude(aside=None).count() == 1
    other = {"to": EXPERT, "text": "Another"}
    assert bob("POST", path(message), other, Idempotency_Key="once")[0] == 409


def test_what_cannot_go_on_is_refused(world, bob, carol):
    message, other = world.letter(), world.letter()
    assert carol("POST", path(message), {"to": EXPERT})[0] == 404
    elsewhere = f"/conversations/{other.conversation_id}/messages/{message.pk}/forward"
    assert bob("POST", elsewhere, {"to": EXPERT})[0] == 404
    for address in ("dan@client.example", "support@okno.example", "no address"):
        status, said = bob("POST", path(message), {"to": {"address": address}})
        assert status == 422, (address, said)
    assert bob("POST", path(message), {"text": "to nobody"})[0] == 422
    world.channel.is_active = False
    world.channel.save()
    status, said = bob("POST", path(message), {"to": EXPERT})
    assert status == 422 and "no channel" in said["detail"]
    assert not Message.every.exclude(aside=None).exists()
