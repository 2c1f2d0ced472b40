import smtplib
import socket

import pytest

from okno.channels.email.smtp_door import SmtpDoor
from okno.channels.models import Inbound
from okno.desk.models import Message
from okno.spine.worker import Worker
from tests.stands.processes import wait_until

LETTER = b"From: Dan <dan@client.example>\r\nSubject: Hi\r\nMessage-ID: <%d@client.example>\r\n\r\n%s\r\n"


@pytest.fixture
def door(live_world):
    door = SmtpDoor("127.0.0.1", 0)
    door.start()
    yield door
    door.stop()


def client(door):
    return smtplib.SMTP("127.0.0.1", door.port, timeout=10)


def test_a_letter_becomes_a_message(door):
    worker = Worker()
    worker.start()
    try:
        with client(door) as smtp:
            smtp.sendmail("dan@client.example", ["Support+tag@Okno.example"], LETTER % (1, b"one"))
        assert Inbound.objects.get().external_id == "<1@client.example>"
        wait_until(lambda: Message.objects.exists(), 5, "the message")
    finally:
        worker.stop()
    assert Message.objects.get().text.strip() == "one"
    assert Inbound.objects.get().meta["recipients"] == ["Support+tag@Okno.example"]
