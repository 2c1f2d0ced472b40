"""The original is offered of what came as a letter, and of nothing else."""

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from okno.api.tests.conftest import Program, make_token
from okno.channels.email.tests.letters import take
from okno.channels.models import Inbound
from okno.console.tests.conftest import browser_of
from okno.desk.models import Message
from okno.portal.tests.guests import Visitor, make_channel, work

pytestmark = pytest.mark.django_db
LETTER = (
    b"From: dan@client.example\r\nSubject: Hello\r\nMessage-ID: <1@client.example>\r\n\r\nHello\r\n"
)
OFFERS = "Original letter", "Headers"


def shown(world, message):
    """The words of the page, and the statuses of the two doors."""
    browser = browser_of(world.bob)
    page = browser.get(f"/conversations/{message.conversation_id}/").content.decode()
    doors = [browser.get(f"/messages/{message.pk}/{n}").status_code for n in ("source", "headers")]
    return page, doors


def test_a_letter_offers_its_original_and_headers(world):
    message = take(world.channel, LETTER)
    page, doors = shown(world, message)
    assert all(words in page for words in OFFERS)
    assert doors == [200, 200]


def test_words_of_a_chat_and_of_the_api_have_no_original(world):
    visitor = Visitor(make_channel("widget", "Velobaza", world.support)).start()
    assert visitor.write("Is the shop open?")[0] == 200
    work()
    chat = Message.objects.get(text="Is the shop open?")
    program = Program(make_token(world.bob))
    status, _ = program(
        "POST", f"/conversations/{chat.conversation_id}/messages", {"text": "By a program"}
    )
    assert status == 201
    assert chat.inbound_id is not None
    page, doors = shown(world, chat)
    assert "By a program" in page
    assert not any(words in page for words in OFFERS)
    assert doors == [404, 404]


def test_what_could_not_be_read_keeps_its_original_whatever_it_was(world):
    visitor = Visitor(make_channel("widget", "Velobaza", world.support)).start()
    visitor.write("Broken")
    work()
    chat = Message.objects.get(text="Broken")
    Inbound.objects.filter(pk=chat.inbound_id).update(state=Inbound.State.UNREADABLE)
    page, doors = shown(world, chat)
    assert "Original letter" in page
    assert doors == [200, 200]


def test_one_question_for_the_whole_thread(world):
    first = take(world.channel, LETTER)
    browser = browser_of(world.bob)
    browser.get("/settings/")
    with CaptureQueriesContext(connection) as asked:
        browser.get(f"/conversations/{first.conversation_id}/")
    assert sum("channels_inbound" in row["sql"] for row in asked) == 1
