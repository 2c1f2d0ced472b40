"""A short letter that says: we have it. Nothing a stranger wrote is in it (attacks A11, A12)."""

from datetime import timedelta

from okno.access.policy import authorize
from okno.desk.actions.deliveries import queued
from okno.desk.actions.recipients import Copies, is_own, person_of, queue
from okno.desk.contract import Level
from okno.desk.models import Aside, Channel, Direction, Message
from okno.kit import clock, crypto
from okno.kit.mail.roles import is_role
from okno.spine import Actor, record, verb

# A form is filled in by anyone with anyone's address: one letter to it on a day (UTC), whatever
# comes, and in an hour no more of them than a busy shop needs.
MOST_IN_AN_HOUR = 200


@verb
def acknowledge(
    actor: Actor, message: Message, channel: Channel, subject: str, text: str
) -> Message | None:
    """Tell the writer of `message` by `channel` that it has come, on the usual way of letters.

    Only agents see the letter in the conversation; what is answered to it joins the conversation.
    None when nothing may go there: to spam, to an address of our own or of a program, and past
    the limits.
    """
    conversation = message.conversation
    authorize(actor, "conversation.reply", conversation)
    identity = message.identity
    if identity is None or message.no_automatic_answer or conversation.is_spam:
        return None
    if is_own(identity.address) or is_role(identity.address):
        return None
    today = f"acknowledge:{clock.now():%Y%m%d}:"
    key = today + crypto.sign("acknowledge", identity.address)[:24]
    if Message.every.filter(key=key).exists() or _is_flood(today):
        return None
    aside, _ = Aside.objects.get_or_create(
        conversation=conversation, channel=channel, identity=identity, defaults={"subject": subject}
    )
    letter = Message.every.create(
        conversation=conversation,
        aside=aside,
        direction=Direction.OUT,
        key=key,
        level=Level.VERIFIED,
        subject=subject,
        text=text,
        is_automatic=True,
        created_at=clock.now(),
    )
    queue(conversation, letter, person_of(identity), Copies(to_all=False), None)
    record(queued(letter))
    return letter


def _is_flood(today: str) -> bool:
    """By the index of keys: the table of messages is long."""
    of_today = Message.every.filter(key__gte=today, key__lt=f"{today}~")
    late = of_today.filter(created_at__gt=clock.now() - timedelta(hours=1))
    return late.count() >= MOST_IN_AN_HOUR
