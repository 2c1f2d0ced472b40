"""A first letter waits like a reply, and comes back into the page it was written on."""

from argparse import Namespace
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from okno.config.commands.check import check
from okno.console.tests.conftest import browser_of
from okno.desk import actions
from okno.desk.models import Attachment, Conversation, Delivery, Draft, Hold, Message
from okno.kit import clock
from okno.spine.models import Event

pytestmark = pytest.mark.django_db


def write(world, address="/write/", **more):
    data = {
        "channel": world.channel.pk,
        "to": "dan@client.example",
        "cc": "boss@client.example",
        "subject": "Your order",
        "text": "It is here.",
        **more,
    }
    return browser_of(world.bob).post(address, data, follow=True)


def with_file():
    return SimpleUploadedFile("plan.txt", b"Monday", "text/plain")


def test_a_first_letter_comes_back_with_all_that_was_written(world, capsys):
    page = write(world, files=with_file())
    letter = Message.objects.get()
    assert f"/messages/{letter.pk}/unsend" in page.content.decode()
    claim = world.do(lambda _: actions.claim_delivery(letter.pk), world.bob)
    assert claim == []
    number = letter.conversation_id
    back = browser_of(world.bob).post(f"/messages/{letter.pk}/unsend", follow=True)
    assert back.redirect_chain == [(f"/write/?again={number}", 302)]
    text = back.content.decode()
    for words in ("It is here.", "Your order", "dan@client.example", "boss@client.example"):
        assert words in text
    assert "plan.txt" in text
    assert not Message.objects.exists() and not Delivery.objects.exists()
    assert Conversation.objects.get().binned_at is not None
    names = list(Event.objects.filter(subject_type="conversation").values_list("name", flat=True))
    assert {"message.unsent", "conversation.binned"} <= set(names)
    check(Namespace(files=False))
    assert "holds no message" not in capsys.readouterr().out
    script = {"HX-Request": "true", "HX-Request-Type": "partial"}
    again = write(world, f"/write/?again={number}", kept=[Attachment.objects.get().pk])
    assert again.status_code == 200
    second = Message.objects.get()
    assert second.conversation_id != number
    assert second.attachments.get().name == "plan.txt"
    assert not Draft.objects.exists()
    answer = browser_of(world.bob).post(f"/messages/{second.pk}/unsend", headers=script)
    assert answer["HX-Redirect"] == f"/write/?again={second.conversation_id}"


def test_it_leaves_when_the_time_is_over(world):
    write(world)
    letter = Message.objects.get()
    Delivery.objects.update(next_at=clock.now() - timedelta(seconds=1))
    # To the client and to the copy.
    assert len(world.do(lambda _: actions.claim_delivery(letter.pk), world.bob)) == 2
    assert not Hold.objects.exists()
    late = browser_of(world.bob).post(f"/messages/{letter.pk}/unsend")
    assert late.status_code in (200, 302)
    assert Message.objects.get() == letter
    assert Conversation.objects.get().binned_at is None


def test_only_its_writer_sees_what_was_taken_back(world):
    write(world)
    number = Conversation.objects.get().pk
    browser_of(world.bob).post(f"/messages/{Message.objects.get().pk}/unsend")
    assert b"It is here." not in browser_of(world.alice).get(f"/write/?again={number}").content
    assert browser_of(world.carol).get(f"/write/?again={number}").status_code == 404
    assert browser_of(world.bob).get("/write/?again=x").status_code == 404
