"""Chats, letters and requests that are merged while something of them is on its way."""

import pytest

from okno.channels.email.tests.letters import answer as letter_answer
from okno.channels.email.tests.letters import use
from okno.desk import actions
from okno.desk.actions import Body
from okno.desk.models import Conversation, Delivery
from okno.kit import clock
from okno.portal.tests.forms import Person
from okno.portal.tests.guests import Visitor, work
from okno.portal.tests.posting import no_waiting, sink

__all__ = ["no_waiting", "sink"]


@pytest.fixture
def mailing(world, sink, settings):
    settings.ENV = {**settings.ENV, "OKNO_RETRY_SCALE": 0, "OKNO_SMTP_URL": ""}
    use(world, sink.port)
    return sink


def test_a_letter_on_its_way_leaves_as_a_letter_though_it_is_merged_into_a_chat(
    world, visitor, mailing
):
    """I3: the chat would call it sent, and nobody would ever get it."""
    visitor.write("Hello")
    work()
    chat = Conversation.objects.get()
    message = letter_answer(world, "To Dan alone", undo_seconds=10)
    world.do(actions.merge, world.bob, message.conversation, chat)
    Delivery.objects.update(next_at=clock.now())
    work()
    (mail,) = mailing.mails
    assert mail.recipients == ["dan@client.example"]
    assert visitor.texts() == ["Hello"]


def test_a_chat_answer_on_its_way_reaches_the_chat_though_it_is_merged_into_letters(
    world, visitor, mailing
):
    visitor.write("Hello")
    work()
    chat = Conversation.objects.get()
    world.do(actions.reply, world.bob, chat, Body("In the chat"))
    letters = world.letter().conversation
    other = world.letter("Another").conversation
    world.do(actions.merge, world.bob, chat, letters)
    world.do(actions.merge, world.bob, letters, other)
    work()
    assert not mailing.mails
    assert visitor.texts() == ["Hello", "In the chat"]


def test_a_merge_taken_back_beside_a_newer_chat_of_the_same_visitor(world, visitor):
    """One open conversation per visitor: the older one comes back, the newer goes on."""
    visitor.write("Hello")
    work()
    chat = Conversation.objects.get()
    letters = world.letter().conversation
    move = world.do(actions.merge, world.bob, chat, letters)
    world.do(actions.set_status, world.bob, letters, "closed")
    visitor.write("Again")
    work()
    newer = Conversation.objects.order_by("-pk")[0]
    assert newer.pk not in (chat.pk, letters.pk)
    world.do(actions.undo, world.bob, move)
    visitor.write("And again")
    work()
    assert newer.messages.count() == 2
    assert visitor.texts() == ["Hello", "Again", "And again"]


def test_a_visitor_s_history_survives_two_merges(world, visitor):
    other = Visitor(visitor.channel).start()
    for who in (visitor, other):
        who.write("Hello")
        work()
    mine, theirs = Conversation.objects.order_by("pk")
    world.do(actions.reply, world.bob, mine, Body("Answer"))
    work()
    letters = world.letter().conversation
    world.do(actions.merge, world.bob, mine, theirs)
    world.do(actions.merge, world.bob, theirs, letters)
    assert visitor.texts() == ["Hello", "Answer"] and other.texts() == ["Hello"]


def test_a_request_merged_into_another_client_s_conversation_settles_nothing_there(world, form):
    """C03: the link is of one request; it acts for the one who wrote that."""
    writer = Person(form)
    url = writer.request()
    request = Conversation.objects.get()
    theirs = world.letter(who="eve").conversation
    world.do(actions.merge, world.bob, request, theirs)
    assert writer.client.post(f"{url}status", {"is_done": "1"}).status_code == 409
    assert Conversation.objects.get(pk=theirs.pk).status == "open"
