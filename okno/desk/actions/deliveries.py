"""Deliveries: claimed by compare-and-set, ended in one honest state."""

from datetime import datetime, timedelta

from django.db.models import F, Q, QuerySet

from okno.access.policy import authorize
from okno.desk.contract import DeliveryState, Medium, Receipt
from okno.desk.events import (
    AsideQueued,
    AsideSettled,
    MessageDelayed,
    MessageDelivered,
    MessageFailed,
    MessageQueued,
    MessageRead,
    MessageSent,
    MessageUncertain,
)
from okno.desk.models import Attempt, Delivery, Hold, Message
from okno.kit import clock
from okno.spine import Actor, instants, record, verb
from okno.spine.units import bookkeeping

GIVE_UP_AFTER = timedelta(days=3)
_EVENTS = {
    DeliveryState.SENT: MessageSent,
    DeliveryState.DELIVERED: MessageDelivered,
    DeliveryState.READ: MessageRead,
    DeliveryState.FAILED: MessageFailed,
    DeliveryState.UNCERTAIN: MessageUncertain,
}
_ORDER = [DeliveryState.SENT, DeliveryState.DELIVERED, DeliveryState.READ]


def claim_delivery(message_id: int) -> list[Delivery]:
    """Take the due, unfinished deliveries of a message for one try.

    What a dead worker left in `sending` is taken again when it had not yet reached the point of no
    return; past that point it becomes uncertain, because it may have arrived.
    """
    now = instants.now()
    for left in Delivery.objects.filter(
        message_id=message_id, state=DeliveryState.SENDING, is_at_risk=True
    ):
        mark_delivery(left, DeliveryState.UNCERTAIN, "the worker stopped while it was sending")
    ready = Q(state=DeliveryState.QUEUED) & (Q(next_at=None) | Q(next_at__lte=now))
    due = (
        Delivery.objects.select_related("channel")
        .select_for_update(of=("self",))
        .filter(
            ready | Q(state=DeliveryState.SENDING, is_at_risk=False),
            message_id=message_id,
            is_held=False,
        )
    )
    claimed = list(due.order_by("id"))
    Delivery.objects.filter(pk__in=[d.pk for d in claimed]).update(
        state=DeliveryState.SENDING, attempts=F("attempts") + 1, changed_at=now
    )
    if any(delivery.next_at for delivery in claimed):
        # From here it cannot be taken back any more; `unsend` deletes the same row first or never.
        Hold.objects.filter(message_id=message_id).delete()
    for delivery in claimed:
        delivery.state = DeliveryState.SENDING
        delivery.attempts += 1
    return claimed


class TakenOver(RuntimeError):
    """This worker stood still so long that another one took its deliveries."""


def put_at_risk(deliveries: list[Delivery]) -> None:
    """The last commit before the bytes that may arrive: from here a lost answer is uncertain.

    Raises TakenOver when they are no longer this try's, so that nothing is sent a second time.
    """
    for delivery in deliveries:
        mine = _of_this_try(delivery).filter(state=DeliveryState.SENDING, is_at_risk=False)
        if not mine.update(is_at_risk=True, changed_at=clock.now()):
            raise TakenOver(f"delivery {delivery.pk}")


def still_ours(deliveries: list[Delivery]) -> list[Delivery]:
    """Those of a try whose outcome is still its own to tell; locks them.

    Also those called uncertain meanwhile, because this worker was thought dead: it knows better.
    """
    open_to_us = (DeliveryState.SENDING, DeliveryState.UNCERTAIN)
    return [
        d
        for d in deliveries
        if _of_this_try(d).select_for_update().filter(state__in=open_to_us).exists()
    ]


def _mend(now: datetime, latest: datetime) -> int:
    """Next tries that were set when the clock stood later: each keeps its distance from now."""
    moved = Delivery.objects.filter(
        state=DeliveryState.QUEUED, changed_at__gt=latest, next_at__isnull=False
    )
    count = 0
    with bookkeeping():
        for row in moved.only("next_at", "changed_at"):
            next_at = now + ((row.next_at or now) - row.changed_at)
            count += moved.filter(pk=row.pk).update(next_at=next_at, changed_at=now)
    return count


instants.menders.append(_mend)


def _of_this_try(delivery: Delivery) -> QuerySet[Delivery]:
    """The row while no later try has begun: each one counts `attempts` up."""
    return Delivery.objects.filter(pk=delivery.pk, attempts=delivery.attempts)


def mark_delivery(
    delivery: Delivery,
    state: DeliveryState,
    answer: str = "",
    *,
    external_id: str = "",
    again_at: datetime | None = None,
) -> None:
    """End a try: with a final state, or `queued` and `again_at` for the next one."""
    now = instants.now()
    values: dict[str, object] = {
        "state": state,
        "is_at_risk": False,
        "error": "" if state in _ORDER else answer[:2000],
        "next_at": again_at,
        "changed_at": now,
    }
    if external_id:
        values |= {"external_id": external_id[:255]}
        if delivery.medium != Medium.FORM:  # there its name answers to nothing; a letter's does
            Message.every.filter(pk=delivery.message_id).update(external_id=external_id[:255])
    Delivery.objects.filter(pk=delivery.pk).update(**values)
    Attempt.objects.create(delivery_id=delivery.pk, outcome=state, answer=answer[:2000], at=now)
    if state in _EVENTS:
        _tell(delivery, state)


def _tell(delivery: Delivery, state: DeliveryState) -> None:
    """One event for each step: `message.sent` once for a sending, also where the first that is
    heard of it is that it arrived."""
    ids = (_conversation_of(delivery), delivery.message_id, delivery.pk)
    if delivery.message.aside_id:
        record(AsideSettled(*ids, state))
        return
    steps = [state]
    if state in _ORDER and delivery.state not in _ORDER:
        steps = list(dict.fromkeys((DeliveryState.SENT, state)))
    for step in steps:
        # Two receipts may come at once; what a person sends again is another sending.
        sending = f"{delivery.pk}:{delivery.created_at.timestamp():.6f}"
        record(_EVENTS[step](*ids), key=f"{step}:{sending}" if step in _ORDER else None)


def _conversation_of(delivery: Delivery) -> int:
    return delivery.message.conversation_id


def is_hopeless(delivery: Delivery) -> bool:
    """Whether it has been tried for three days."""
    return clock.now() - delivery.created_at >= GIVE_UP_AFTER


def note_delay(delivery: Delivery) -> None:
    """Tell the conversation that its server has kept a message waiting."""
    record(
        MessageDelayed(_conversation_of(delivery), delivery.message_id, delivery.pk),
        key=f"delayed:{delivery.pk}:{delivery.created_at.timestamp():.0f}",
    )


def note_receipt(receipt: Receipt) -> Delivery | None:
    """News of a message we sent; returns its delivery, None when nothing of ours is meant.

    States only go forward (sent, delivered, read); a failure is kept with the server's words.
    """
    found = Delivery.objects.select_related("message").filter(
        Q(external_id=receipt.external_id) | Q(message__external_id=receipt.external_id)
    )
    # What is on a page is there: a bounce means the letter that went with it, to the same address.
    found = found.exclude(medium=Medium.FORM)
    if not receipt.external_id:
        return None
    chosen = found.filter(address__iexact=receipt.recipient).first()
    if chosen is None:
        # Forwarded elsewhere: certain only when the message went to nobody else.
        rows = list(found[:2])
        if len(rows) != 1:
            return None
        chosen = rows[0]
    if receipt.state == DeliveryState.QUEUED:
        note_delay(chosen)
    elif receipt.state == DeliveryState.FAILED:
        if chosen.state != DeliveryState.FAILED:
            mark_delivery(chosen, DeliveryState.FAILED, receipt.detail)
    elif receipt.state in _ORDER and _is_forward(chosen.state, receipt.state):
        mark_delivery(chosen, receipt.state, receipt.detail)
    return chosen


def _is_forward(before: str, after: DeliveryState) -> bool:
    known = [str(state) for state in _ORDER]
    return before not in known or known.index(after) > known.index(before)


@verb
def send_again(actor: Actor, delivery: Delivery) -> None:
    """A person decided: try a failed, held or uncertain delivery once more."""
    authorize(actor, "conversation.reply", delivery.message.conversation)
    stuck = (DeliveryState.FAILED, DeliveryState.UNCERTAIN)
    changed = Delivery.objects.filter(Q(state__in=stuck) | Q(is_held=True), pk=delivery.pk).update(
        state=DeliveryState.QUEUED,
        is_held=False,
        is_at_risk=False,
        next_at=None,
        error="",
        created_at=clock.now(),
        changed_at=instants.now(),
    )
    if not changed:
        raise ValueError("this message is on its way already")
    record(queued(delivery.message))


def queued(message: Message) -> MessageQueued | AsideQueued:
    """The event that sets a message on its way; one aside is no answer to the client."""
    ids = (message.conversation_id, message.pk, message.channel.pk)
    return AsideQueued(*ids, message.aside_id) if message.aside_id else MessageQueued(*ids)


@verb
def mark_sent_by_hand(actor: Actor, delivery: Delivery) -> None:
    """A person decided: an uncertain (or held) delivery did arrive."""
    authorize(actor, "conversation.reply", delivery.message.conversation)
    fresh = Delivery.objects.select_for_update().get(pk=delivery.pk)
    if fresh.state != DeliveryState.UNCERTAIN and not fresh.is_held:
        raise ValueError("only an uncertain or held message can be marked as sent")
    Delivery.objects.filter(pk=fresh.pk).update(is_held=False)
    mark_delivery(fresh, DeliveryState.SENT, "marked as sent by hand")


def hold_all() -> int:
    """After a restore: hold what was on its way until a person releases it."""
    unfinished = (DeliveryState.QUEUED, DeliveryState.SENDING)
    return Delivery.objects.filter(state__in=unfinished).update(
        is_held=True, state=DeliveryState.QUEUED, is_at_risk=False
    )


@verb
def release_held(actor: Actor) -> int:
    """Send everything that a restore held. Returns how many."""
    authorize(actor, "channel.manage")
    held = list(Delivery.objects.select_related("message__conversation").filter(is_held=True))
    for delivery in held:
        send_again(actor, delivery)
    return len(held)
