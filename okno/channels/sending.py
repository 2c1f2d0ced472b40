"""Sending: a claimed delivery is tried once and ends in an honest state."""

import logging
from collections.abc import Sequence
from datetime import timedelta

from django.conf import settings
from django.db.models import Q

from okno.access.models import Agent
from okno.channels.contract import Adapter, Outbound, Recipient, adapters
from okno.channels.intake import TROUBLE_IN, account_of
from okno.desk import actions
from okno.desk.actions.deliveries import is_hopeless, note_delay
from okno.desk.contract import DeliveryState, Person
from okno.desk.models import Attachment, Channel, Delivery, Message
from okno.kit import clock
from okno.kit.blobs import File, store
from okno.kit.failpoint import failpoint
from okno.kit.outcomes import Outcome, Refused, Retry, Sent, Unknown
from okno.spine import SYSTEM, instants, unit
from okno.spine.queue import Again

# Minutes between tries: 1, 2, 5, 15, then doubling up to four hours.
STEPS = (1, 2, 5, 15, 30, 60, 120, 240)
DELAY_NOTICE_AFTER = timedelta(hours=4)
log = logging.getLogger(__name__)


def deliver(message_id: int) -> None:
    """Try what is due of a message; raises Again when something of it remains to be tried."""
    with unit(SYSTEM, "deliver"):
        claimed = actions.claim_delivery(message_id)
    failpoint("outbox.after_claim")
    if claimed:
        related = ("conversation__channel", "aside__channel", "agent")
        message = Message.every.select_related(*related).get(pk=message_id)
        # In the order of the rows: what waits for no server is there before a letter is tried.
        for channel_id in dict.fromkeys(d.channel_id for d in claimed):
            _deliver_by(message, [d for d in claimed if d.channel_id == channel_id])
            failpoint("outbox.between_channels")
    _wait_for_rest(message_id)


def _deliver_by(message: Message, claimed: list[Delivery]) -> None:
    """One try of what leaves by one channel, and its outcome in a commit of its own."""
    channel = claimed[0].channel
    outcomes = _try(adapters.get(channel.kind), message, channel, claimed)
    with unit(SYSTEM, "deliver"):
        lost = Unknown("the adapter said nothing of this recipient")
        ours = [(d, outcomes.get(d.pk, lost)) for d in actions.still_ours(claimed)]
        for delivery, outcome in ours:
            _settle(delivery, outcome)
        _judge(channel, [outcome for _, outcome in ours])


def _try(
    adapter: Adapter, message: Message, channel: Channel, claimed: list[Delivery]
) -> dict[int, Outcome]:
    crossed = False

    def at_risk() -> None:
        nonlocal crossed
        with unit(SYSTEM, "deliver"):
            actions.put_at_risk(claimed)
        crossed = True

    try:
        if not channel.is_active:
            return {d.pk: Retry("this channel is switched off", 600) for d in claimed}
        return adapter.send(outbound_of(message, claimed), account_of(channel), at_risk)
    except Exception as error:
        log.warning("sending message %s failed: %s", message.pk, type(error).__name__)
        why = f"{type(error).__name__}: {error}"[:300]
        return {d.pk: Unknown(why) if crossed else Retry(why) for d in claimed}


def outbound_of(message: Message, deliveries: Sequence[Delivery]) -> Outbound:
    """Everything an adapter needs to send, read before it begins; all leave by one channel."""
    channel = deliveries[0].channel
    everyone = list(message.deliveries.filter(channel=channel).order_by("pk"))
    chain = _chain(message)
    return Outbound(
        message_id=message.pk,
        conversation=message.conversation_id,
        subject=message.subject if message.aside_id else message.conversation.subject,
        text=message.text,
        html=message.html,
        author=message.agent.name if message.agent else "",
        signature=_signature(message.agent, channel),
        created_at=message.created_at,
        recipients=tuple(
            Recipient(d.pk, d.address, d.name, d.role == Delivery.Role.CC) for d in deliveries
        ),
        copies=tuple(Person(d.address, d.name) for d in everyone if d.role == Delivery.Role.CC),
        to=tuple(Person(d.address, d.name) for d in everyone if d.role == Delivery.Role.TO),
        files=tuple(_file(row) for row in message.attachments.order_by("pk")),
        references=chain,
        in_reply_to=chain[-1] if chain else "",
        is_automatic=message.is_automatic,
        # What is answered to a confirmation is the client's word and belongs to the conversation.
        aside=None if message.is_automatic else message.aside_id,
    )


def _signature(agent: Agent | None, channel: Channel) -> str:
    text = (agent.signature if agent else "") or channel.signature
    return text.replace("{agent}", agent.name if agent else "")


def _chain(message: Message) -> tuple[str, ...]:
    """Ids of the last letters before this one, oldest first (RFC 5322 section 3.6.4), all with
    an at sign: names of chats and forms mean nothing there. The first may be our confirmation."""
    near = Q(aside=message.aside)
    if message.aside is None:
        near |= Q(is_automatic=True, aside__identity=message.conversation.identity_id)
    before = Message.every.filter(
        near,
        conversation_id=message.conversation_id,
        pk__lt=message.pk,
        external_id__contains="@",
    )
    ids = before.order_by("-pk").values_list("external_id", flat=True)[:20]
    return tuple(reversed(list(ids)))


def _file(row: Attachment) -> File:
    return File(
        name=row.name,
        content_type=row.content_type,
        data=store().read(row.storage),
        is_inline=row.is_inline,
        content_id=row.content_id,
    )


def _settle(delivery: Delivery, outcome: Outcome) -> None:
    if isinstance(outcome, Sent):
        failpoint("smtp.after_reply_before_commit")
        actions.mark_delivery(
            delivery, DeliveryState.SENT, outcome.answer, external_id=outcome.external_id
        )
    elif isinstance(outcome, Refused):
        actions.mark_delivery(delivery, DeliveryState.FAILED, outcome.reason)
    elif isinstance(outcome, Unknown):
        actions.mark_delivery(delivery, DeliveryState.UNCERTAIN, outcome.reason)
    elif is_hopeless(delivery):
        actions.mark_delivery(
            delivery, DeliveryState.FAILED, f"given up after three days: {outcome.reason}"
        )
    else:
        wait = outcome.after if outcome.after is not None else pause(delivery.attempts)
        again_at = instants.now() + timedelta(seconds=wait)
        actions.mark_delivery(delivery, DeliveryState.QUEUED, outcome.reason, again_at=again_at)
        if clock.now() - delivery.created_at > DELAY_NOTICE_AFTER:
            note_delay(delivery)


def pause(attempts: int) -> float:
    """Seconds before the next try, after `attempts` of them."""
    minutes = STEPS[min(max(attempts, 1), len(STEPS)) - 1]
    return float(minutes * 60 * settings.ENV["OKNO_RETRY_SCALE"])


def _judge(channel: Channel, outcomes: list[Outcome]) -> None:
    """A channel whose server cannot be reached is in trouble; one that sends is well."""
    if any(isinstance(o, Sent) for o in outcomes):
        if not channel.trouble.startswith(TROUBLE_IN):
            actions.mark_working(channel.pk)
        return
    delayed = [outcome.reason for outcome in outcomes if isinstance(outcome, Retry)]
    if delayed and len(delayed) == len(outcomes):
        actions.mark_trouble(channel.pk, delayed[0])


def _wait_for_rest(message_id: int) -> None:
    waiting = Delivery.objects.filter(
        message_id=message_id, state=DeliveryState.QUEUED, is_held=False
    )
    times = list(waiting.values_list("next_at", flat=True))
    if times:
        now = instants.now()
        first = min(at or now for at in times)
        raise Again(max(0.0, (first - now).total_seconds()), "more to deliver later")
