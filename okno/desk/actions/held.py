"""Taking back what has not begun to leave."""

from datetime import datetime, timedelta
from typing import Any

from okno.access.models import Agent
from okno.access.policy import Forbidden, authorize, person
from okno.desk.actions.conversations import lock, put, turn
from okno.desk.actions.drafts import anew
from okno.desk.contract import DeliveryState
from okno.desk.events import AsideUnsent, ConversationBinned, MessageUnsent
from okno.desk.models import Attachment, Conversation, Delivery, Draft, Hold, Message, Status
from okno.kit import clock
from okno.spine import Actor, record, verb
from okno.spine.schedules import schedule

_INSTANTS = ("waiting_since", "due_at", "snoozed_until", "last_message_at")


def state_of(conversation: Conversation) -> dict[str, Any]:
    """What a reply changes of a conversation, as plain values."""
    instants = {name: getattr(conversation, name) for name in _INSTANTS}
    return {
        "status": conversation.status,
        "preview": conversation.preview,
        **{name: at.isoformat() if at else None for name, at in instants.items()},
    }


def moment(seconds: float) -> datetime | None:
    """When a message that may be taken back for so many seconds leaves; None for at once."""
    return clock.now() + timedelta(seconds=seconds) if seconds > 0 else None


def hold(message: Message, before: dict[str, Any], until: datetime | None) -> None:
    """Remember how to take a message back; `before` is from `state_of`, empty for an aside."""
    if until is not None:
        Hold.objects.create(message=message, until=until, before=before)


@verb
def unsend(actor: Actor, message: Message) -> Draft:
    """Take a message back into its writer's draft, with its files.

    A conversation that began with it goes to the bin: there is nothing in it, and its number is
    never given again.
    Whoever deletes the hold first wins: this, or the worker that claims its deliveries. Raises
    Forbidden for another's message and ValueError when it has begun to leave.
    """
    authorize(actor, "conversation.reply", message.conversation)
    author = person(actor)
    if not isinstance(author, Agent) or message.agent_id != author.pk:
        raise Forbidden("only who wrote a message can take it back")
    fresh = lock(message.conversation)
    while fresh.merged_into_id is not None:  # a merge was quicker than who presses
        fresh = lock(Conversation(pk=fresh.merged_into_id))
    rows = list(Delivery.objects.select_for_update().filter(message=message))
    held = Hold.objects.filter(message=message).first()
    begun = any(d.state != DeliveryState.QUEUED or d.attempts or d.is_held for d in rows)
    if held is None or begun:
        raise ValueError("too late: it has begun to leave")
    is_alone = not Message.every.filter(conversation=fresh).exclude(pk=message.pk).exists()
    draft = _draft(fresh, author, message, rows, is_named=is_alone or message.aside_id is not None)
    Attachment.objects.filter(message=message).update(message=None, draft=draft)
    Delivery.objects.filter(message=message).delete()
    ids = (fresh.pk, message.pk, message.channel.pk)
    record(AsideUnsent(*ids) if message.aside_id else MessageUnsent(*ids))
    Message.every.filter(pk=message.pk).delete()
    _put_back(fresh, message, held.before)
    if is_alone and fresh.binned_at is None:
        put(fresh, binned_at=clock.now())
        record(ConversationBinned(fresh.pk))
    return draft


def _draft(
    conversation: Conversation,
    author: Agent,
    message: Message,
    rows: list[Delivery],
    *,
    is_named: bool,
) -> Draft:
    """The letter as a draft again, before what was typed meanwhile; `is_named`: with its `to`."""
    newer = Draft.objects.filter(conversation=conversation, agent=author).first()
    text, html = message.text, message.html
    if newer is not None and newer.text.strip():
        text = f"{text}\n\n{newer.text}"
        html = f"{html}{newer.html}" if html and newer.html else ""
    named = {role: [d.address for d in rows if d.role == role] for role in Delivery.Role.values}
    draft, _ = Draft.objects.update_or_create(
        conversation=conversation,
        agent=author,
        defaults={
            "to": ", ".join(named["to"]) if is_named else "",
            "cc": ", ".join(named["cc"]),
            "bcc": ", ".join(named["bcc"]),
            "text": text,
            "html": html,
            "is_note": False,
            "is_forward": message.aside_id is not None,
            **anew(),
        },
    )
    return draft


def _put_back(fresh: Conversation, message: Message, before: dict[str, Any]) -> None:
    """The conversation as it was, except for what others have changed since."""
    if not before or fresh.status == Status.CLOSED:
        return
    was = {n: datetime.fromisoformat(before[n]) if before[n] else None for n in _INSTANTS}
    values: dict[str, Any] = {n: at for n, at in was.items() if not getattr(fresh, n)}
    if not Message.objects.filter(conversation=fresh, pk__gt=message.pk).exists():
        values |= {"preview": before["preview"], "last_message_at": was["last_message_at"]}
    if fresh.status == before["then"]:
        turn(fresh, before["status"])
    put(fresh, **values)
    if until := values.get("snoozed_until"):
        key = f"conversation.wake:{fresh.pk}"
        schedule(
            "conversation.wake",
            until,
            {"number": fresh.pk},
            key=key,
            subject=("conversation", fresh.pk),
        )
