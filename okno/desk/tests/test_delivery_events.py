"""Each step of a delivery is told once: who counts what was sent counts right."""

import pytest

from okno.desk import actions
from okno.desk.contract import DeliveryState, Receipt
from okno.desk.models import Delivery
from okno.spine import SYSTEM, unit
from okno.spine.models import Event

pytestmark = pytest.mark.django_db
SENT, DELIVERED = DeliveryState.SENT, DeliveryState.DELIVERED
READ, FAILED = DeliveryState.READ, DeliveryState.FAILED


@pytest.fixture
def delivery(world):
    talk = world.letter().conversation
    message = world.do(actions.reply, world.bob, talk, actions.Body("Here it is"))
    return Delivery.objects.get(message=message)


def send(delivery):
    """One try that goes well, as the worker makes it."""
    with unit(SYSTEM, "test"):
        (claimed,) = actions.claim_delivery(delivery.message_id)
        actions.mark_delivery(claimed, SENT, "250", external_id=f"<{delivery.pk}@okno.example>")


def receipt(delivery, state):
    with unit(SYSTEM, "test"):
        actions.note_receipt(Receipt(f"<{delivery.pk}@okno.example>", state, delivery.address))


def told(delivery):
    found = Event.objects.filter(name__startswith="message.", data__delivery=delivery.pk)
    return list(found.order_by("id").values_list("name", flat=True))


@pytest.mark.parametrize(
    ("receipts", "events"),
    [
        ([], ["message.sent"]),
        ([DELIVERED], ["message.sent", "message.delivered"]),
        ([DELIVERED, DELIVERED], ["message.sent", "message.delivered"]),
        ([DELIVERED, READ], ["message.sent", "message.delivered", "message.read"]),
        ([READ, DELIVERED, READ], ["message.sent", "message.read"]),
        ([FAILED], ["message.sent", "message.failed"]),
        ([FAILED, DELIVERED], ["message.sent", "message.failed", "message.delivered"]),
    ],
)  # fmt: skip
def test_each_step_is_told_once(delivery, receipts, events):
    send(delivery)
    for state in receipts:
        receipt(delivery, state)
    assert told(delivery) == events


def test_what_arrived_before_anybody_knew_that_it_left_was_sent_too(delivery):
    with unit(SYSTEM, "test"):
        (claimed,) = actions.claim_delivery(delivery.message_id)
        actions.mark_delivery(
            claimed, DeliveryState.UNCERTAIN, external_id=f"<{delivery.pk}@okno.example>"
        )
    receipt(delivery, DELIVERED)
    assert told(delivery) == ["message.uncertain", "message.sent", "message.delivered"]


def test_receipts_that_come_at_once_are_one(delivery):
    send(delivery)
    one, other = (Delivery.objects.get(pk=delivery.pk) for _ in range(2))
    for known in (one, other):
        with unit(SYSTEM, "test"):
            actions.mark_delivery(known, DELIVERED)
    assert told(delivery) == ["message.sent", "message.delivered"]


def test_what_a_person_sends_again_is_another_sending(world, delivery):
    send(delivery)
    receipt(delivery, FAILED)
    world.do(actions.send_again, world.bob, Delivery.objects.get(pk=delivery.pk))
    send(delivery)
    receipt(delivery, DELIVERED)
    sent = ["message.sent", "message.failed", "message.sent", "message.delivered"]
    assert told(delivery) == sent
