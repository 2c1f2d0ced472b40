"""C03: what is asked of somebody outside, and their answer, never comes before the client."""

import re

import pytest

from okno.access.policy import NotVisible
from okno.channels.email import threads
from okno.channels.email.compose import compose
from okno.channels.email.tests.letters import take, write
from okno.channels.intake import account_of
from okno.channels.sending import outbound_of
from okno.desk import actions, composing, correspondence, queries
from okno.desk.actions import Body, Copies
from okno.desk.contract import DeliveryState, Person
from okno.desk.models import Attachment, Conversation, Delivery, Message
from okno.kit.blobs import File, keep
from okno.spine.models import Event

pytestmark = pytest.mark.django_db
MARK = "kumquat-secret"
SUPPLIER = Person("parts@maker.example", "Parts")


def ask(world, conversation, text=MARK, **more):
    return world.do(
        actions.forward, world.bob, conversation, world.channel, SUPPLIER, Body(text), **more
    )


def letter_of(message):
    account = account_of(message.channel)
    return compose(outbound_of(message, list(message.deliveries.all())), account)[1].decode()


def answered(world, message, text=f"{MARK} in stock", sender="parts@maker.example", **headers):
    return take(world.channel, write({"From": sender, **headers}, body=text))


def reply_to(message):
    found = re.search(r"Reply-To:.*?<([^>]+)>", letter_of(message).replace("\r\n ", " "))
    return found[1].replace(" ", "")


def test_an_answer_to_a_forwarded_letter_comes_back_aside(world):
    talk = world.letter().conversation
    asked = ask(world, talk)
    assert asked.deliveries.get().address == "parts@maker.example"
    by_address = answered(world, asked, To=reply_to(asked))
    message_id = re.search(r"Message-ID:\s*(\S+)", letter_of(asked))[1]
    by_id = answered(world, asked, "Second", **{"In-Reply-To": message_id})
    for came in (by_address, by_id):
        row = Message.every.get(pk=came.pk)
        assert (row.conversation_id, row.aside_id) == (talk.pk, asked.aside_id)
        assert not row.is_new_sender
    assert Message.objects.filter(conversation=talk).count() == 1
    fresh = Conversation.objects.get(pk=talk.pk)
    assert fresh.status == "open" and fresh.waiting_since
    names = set(Event.objects.filter(subject_id=talk.pk).values_list("name", flat=True))
    assert {"aside.queued", "aside.received"} <= names
    assert "message.queued" not in names


def test_C03_nothing_said_aside_comes_before_the_client(world):
    talk = world.letter().conversation
    files = keep([File(f"{MARK}.txt", "text/plain", MARK.encode())])
    asked = ask(world, talk, files=files)
    answered(world, asked, To=reply_to(asked))
    world.do(actions.reply, world.bob, talk, Body("It is on its way."))
    Delivery.objects.update(state=DeliveryState.SENT)
    last = Message.objects.filter(conversation=talk).last()
    sent = letter_of(last)
    assert MARK not in sent and f"okno.a{asked.aside_id}" not in sent
    assert "maker.example" not in sent
    me = correspondence.identity("email", "dan@client.example")
    read = [m.text for m in correspondence.of(me)]
    assert len(read) == 2 and not any(MARK in text for text in read)
    fresh = Conversation.objects.get(pk=talk.pk)
    assert MARK not in f"{fresh.preview} {fresh.subject}"
    file = Attachment.objects.get(name=f"{MARK}.txt")
    assert queries.attachment(world.bob, file.pk) == file
    for stranger in (world.dan, world.eve, world.carol):
        with pytest.raises(NotVisible):
            queries.attachment(stranger, file.pk)
        with pytest.raises(NotVisible):
            queries.message(stranger, asked.pk)
    assert MARK in "".join(m.text for m in composing.thread(world.bob, talk))
    assert MARK not in "".join(m.text for m in composing.thread(world.dan, talk))


def test_asides_move_with_a_merge_and_later_answers_follow(world):
    one, two = world.letter().conversation, world.letter().conversation
    asked = ask(world, one)
    move = world.do(actions.merge, world.bob, one, two)
    came = answered(world, asked, To=reply_to(asked))
    assert Message.every.get(pk=came.pk).conversation_id == two.pk
    assert Message.every.get(pk=asked.pk).conversation_id == two.pk
    world.do(actions.undo, world.bob, move)
    assert Message.every.get(pk=asked.pk).conversation_id == one.pk


def test_a_stranger_with_the_token_is_marked_and_stays_aside(world):
    """A03."""
    talk = world.letter().conversation
    asked = ask(world, talk)
    came = answered(world, asked, sender="other@evil.example", To=reply_to(asked))
    row = Message.every.get(pk=came.pk)
    assert row.aside_id == asked.aside_id and row.is_new_sender and row.level == "claimed"


def test_an_answer_after_the_end_opens_a_conversation_of_its_own(world):
    talk = world.letter().conversation
    asked = ask(world, talk)
    world.do(actions.set_status, world.bob, talk, "closed")
    came = answered(world, asked, To=reply_to(asked))
    assert came.conversation_id != talk.pk
    assert Conversation.objects.get(pk=came.conversation_id).previous_id == talk.pk


def test_forged_tokens_of_asides_join_nothing(world):
    """A02: a conversation's token is no token of an aside, and the other way round."""
    talk = world.letter().conversation
    own = {"support@okno.example"}
    address = threads.reply_address(threads.Thread(talk.pk), "support@okno.example")
    local, _, domain = address.partition("@")
    forged = local.replace(f"+{talk.pk}.", f"+a{talk.pk}.") + "@" + domain
    assert threads.in_address(address, own) == threads.Thread(talk.pk)
    assert threads.in_address(forged, own) is None


@pytest.mark.parametrize("address", ["dan@client.example", "support@okno.example"])
def test_a_forward_goes_neither_to_the_client_nor_to_ourselves(world, address):
    talk = world.letter().conversation
    with pytest.raises(ValueError):
        world.do(
            actions.forward, world.bob, talk, world.channel, Person(address), Body("Look at this")
        )
    assert not Delivery.objects.exists()


def test_C05_a_hidden_copy_is_named_to_nobody(world):
    talk = world.letter().conversation
    copies = Copies([Person("boss@client.example")], [Person("audit@firm.example")], to_all=False)
    message = world.do(actions.reply, world.bob, talk, Body("Here it is"), copies=copies)
    rows = list(message.deliveries.order_by("pk"))
    assert {d.address: d.role for d in rows}["audit@firm.example"] == "bcc"
    outbound = outbound_of(message, rows)
    letter = compose(outbound, account_of(world.channel))[1].decode()
    assert "audit@firm.example" in {r.address for r in outbound.recipients}
    assert "audit" not in letter and "boss@client.example" in letter
