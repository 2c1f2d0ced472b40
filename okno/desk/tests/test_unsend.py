"""What waits can be taken back, and what was taken back is never sent."""

import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connections

from okno.access.policy import Forbidden
from okno.desk import actions
from okno.desk.actions import Body, Copies
from okno.desk.contract import Person
from okno.desk.models import Conversation, Delivery, Draft, Hold, Message
from okno.kit import clock
from okno.kit.blobs import File, keep

pytestmark = pytest.mark.django_db
COPY = Person("boss@client.example")


def answer(world, talk, **more):
    files = keep([File("plan.txt", "text/plain", b"Monday")])
    body = Body("Too early", "<div>Too <b>early</b></div>")
    return world.do(
        actions.reply, world.bob, talk, body, files=files, **{"undo_seconds": 10, **more}
    )


def claimed(world, message):
    return world.do(lambda _: actions.claim_delivery(message.pk), world.bob)


def test_a_letter_that_waits_becomes_a_draft_again_with_everything(world):
    talk = world.letter().conversation
    before = Conversation.objects.values().get(pk=talk.pk)
    message = answer(world, talk, then="solved", copies=Copies([COPY], to_all=False))
    assert claimed(world, message) == []
    draft = world.do(actions.unsend, world.bob, message)
    assert (draft.text, draft.html) == ("Too early", "<div>Too <b>early</b></div>")
    assert draft.cc == "boss@client.example"
    assert draft.attachments.get().name == "plan.txt"
    assert not Delivery.objects.exists() and not Hold.objects.exists()
    assert Message.objects.filter(conversation=talk).count() == 1
    after = Conversation.objects.values().get(pk=talk.pk)
    for name in ("status", "waiting_since", "due_at", "preview", "last_message_at"):
        assert after[name] == before[name], name
    assert claimed(world, message) == []


def test_what_has_begun_to_leave_cannot_be_taken_back(world):
    message = answer(world, world.letter().conversation)
    Delivery.objects.update(next_at=clock.now() - timedelta(seconds=1))
    assert len(claimed(world, message)) == 1
    with pytest.raises(ValueError, match="too late"):
        world.do(actions.unsend, world.bob, message)
    assert Delivery.objects.get().state == "sending"


def test_only_the_writer_takes_back_and_only_what_waits(world):
    message = answer(world, world.letter().conversation)
    with pytest.raises(Forbidden):
        world.do(actions.unsend, world.alice, message)
    at_once = answer(world, world.letter().conversation, undo_seconds=0)
    assert at_once.deliveries.get().next_at is None
    with pytest.raises(ValueError):
        world.do(actions.unsend, world.bob, at_once)


def test_what_was_typed_meanwhile_stays_and_what_the_client_wrote_counts(world):
    first = world.letter()
    talk = first.conversation
    message = answer(world, talk)
    world.do(actions.save_draft, world.bob, talk, "One more thing")
    from_client = Conversation.objects.filter(pk=talk.pk)
    from_client.update(preview="And another", status="open", waiting_since=clock.now())
    Message.objects.create(conversation=talk, direction="in", text="And another")
    draft = world.do(actions.unsend, world.bob, message)
    assert draft.text == "Too early\n\nOne more thing"
    fresh = Conversation.objects.get(pk=talk.pk)
    assert (fresh.preview, fresh.status) == ("And another", "open")


def test_a_forward_is_taken_back_too(world):
    talk = world.letter().conversation
    asked = world.do(
        actions.forward,
        world.bob,
        talk,
        world.channel,
        Person("parts@maker.example"),
        Body("Have you this?"),
        undo_seconds=10,
    )
    draft = world.do(actions.unsend, world.bob, asked)
    assert draft.is_forward and draft.text == "Have you this?"
    assert not Message.every.filter(pk=asked.pk).exists()


def test_a_late_save_never_brings_back_what_was_sent(world):
    talk = world.letter().conversation
    world.do(actions.reply, world.bob, talk, Body("Sent"), key="k1")
    world.do(actions.save_draft, world.bob, talk, "Sent", key="k1")
    assert not Draft.objects.exists()


def test_own_addresses_get_no_copies(world):
    talk = world.letter().conversation
    for address in ("support@okno.example", "support+12.abc@okno.example"):
        with pytest.raises(ValueError, match="our own address"):
            world.do(
                actions.reply,
                world.bob,
                talk,
                Body("Hello"),
                copies=Copies([Person(address)], to_all=False),
            )
    assert not Delivery.objects.exists()


def test_R11_taking_back_and_leaving_at_the_same_moment_never_both_happen(live_world):
    world = live_world
    ends = [_race(world) for _ in range(8)]
    assert set(ends) <= {"left", "back"}, ends


def _race(world):
    """Both at once: either it leaves whole, or it is a draft again and nothing leaves."""
    talk = world.letter().conversation
    message = answer(world, talk)
    Delivery.objects.filter(message=message).update(next_at=clock.now() - timedelta(seconds=1))
    gate = threading.Barrier(2)

    def back():
        gate.wait()
        try:
            return world.do(actions.unsend, world.bob, message) is not None
        except ValueError:
            return False
        finally:
            connections.close_all()

    def leave():
        gate.wait()
        try:
            return len(claimed(world, message)) == 1
        finally:
            connections.close_all()

    with ThreadPoolExecutor(2) as pool:
        is_back, is_gone = (f.result() for f in (pool.submit(back), pool.submit(leave)))
    exists = Message.objects.filter(pk=message.pk).exists()
    kept = Draft.objects.filter(conversation=talk).exists()
    if is_gone and not is_back and exists and not kept:
        return "left"
    return "back" if is_back and not is_gone and not exists and kept else "broken"
