"""R16: reports of other mail servers attach to the letter they are about, and open nothing."""

import pytest

from okno.channels.email.tests.letters import take, write
from okno.channels.email.threads import message_id
from okno.desk.actions import Body, mark_delivery, reply
from okno.desk.contract import DeliveryState, Person
from okno.desk.models import Conversation, Delivery, Message
from okno.spine.models import Event


@pytest.fixture
def sent(world):
    """A reply of ours that has left, to Dan with Eve in copy; its Message-ID."""
    conversation = take(world.channel, write({})).conversation
    answer = world.do(
        reply, world.bob, conversation, Body("Soon."), copies=[Person("eve@client.example", "Eve")]
    )
    name = message_id(conversation.pk, answer.pk, "okno.example")
    Message.objects.filter(pk=answer.pk).update(external_id=name)
    for delivery in answer.deliveries.all():
        world.do(lambda _, d: mark_delivery(d, DeliveryState.SENT), world.bob, delivery)
    return name


def report(original: str, action: str, recipient: str, status: str, said: str) -> bytes:
    """A delivery status notification (RFC 3464) as Postfix writes it."""
    body = (
        "--R\r\nContent-Type: text/plain\r\n\r\n"
        "This is the mail system at host mx.client.example.\r\n\r\n"
        f"--R\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.client.example\r\n\r\n"
        f"Final-Recipient: rfc822; {recipient}\r\nAction: {action}\r\nStatus: {status}\r\n"
        f"Diagnostic-Code: smtp; {said}\r\n\r\n"
        "--R\r\nContent-Type: text/rfc822-headers\r\n\r\n"
        f"From: support@okno.example\r\nTo: {recipient}\r\nMessage-ID: {original}\r\n\r\n--R--"
    )
    headers = {
        "From": "MAILER-DAEMON@mx.client.example (Mail Delivery System)",
        "Subject": "Undelivered Mail Returned to Sender",
        "Auto-Submitted": "auto-replied",
        "Content-Type": "multipart/report; report-type=delivery-status; boundary=R",
    }
    return write(headers, body)


def states() -> dict[str, str]:
    return dict(Delivery.objects.values_list("address", "state"))


def test_R16_a_bounce_attaches_to_the_recipient_that_failed(world, sent):
    said = "550 5.1.1 <eve@client.example>: User unknown"
    for _ in range(2):
        raw = report(sent, "failed", "eve@client.example", "5.1.1", said)
        assert take(world.channel, raw) is None
    assert states() == {"dan@client.example": "sent", "eve@client.example": "failed"}
    failed = Delivery.objects.get(address="eve@client.example")
    assert "User unknown" in failed.error
    assert Event.objects.filter(name="message.failed").count() == 1
    assert Conversation.objects.count() == 1


def test_R16_a_delay_is_told_and_changes_no_state(world, sent):
    raw = report(sent, "delayed", "dan@client.example", "4.4.1", "connection timed out")
    assert take(world.channel, raw) is None
    assert set(states().values()) == {"sent"}
    assert Event.objects.filter(name="message.delayed").count() == 1


def test_R16_a_report_of_success_opens_nothing(world, sent):
    raw = report(sent, "delivered", "dan@client.example", "2.0.0", "250 ok")
    assert take(world.channel, raw) is None
    assert Conversation.objects.count() == 1


def test_R16_a_bounce_for_a_recipient_we_did_not_write_to_marks_nobody(world, sent):
    raw = report(sent, "failed", "forwarded@other.example", "5.1.1", "550 unknown")
    message = take(world.channel, raw)
    assert set(states().values()) == {"sent"}
    assert message.is_automatic and message.conversation.waiting_since is None


@pytest.mark.parametrize("original", ["", "<other@else.example>", "<okno.1.2.0@okno.example>"])
def test_R16_a_bounce_of_something_else_is_shown_unattached(world, sent, original):
    message = take(world.channel, report(original, "failed", "dan@client.example", "5.1.1", "550"))
    assert message.is_automatic
    assert message.conversation.waiting_since is None
    assert set(states().values()) == {"sent"}
