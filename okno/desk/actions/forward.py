"""Letters aside: somebody outside is asked, and the client never sees a word of it."""

from collections.abc import Sequence

from okno.access.models import Agent
from okno.access.policy import authorize, person
from okno.contacts.actions import find_or_create
from okno.contacts.models import Identity
from okno.desk.actions.conversations import lock, put
from okno.desk.actions.deliveries import queued
from okno.desk.actions.drafts import anew, drop, typed
from okno.desk.actions.held import hold, moment
from okno.desk.actions.receive import attach
from okno.desk.actions.recipients import Copies, person_of, queue, refuse_own
from okno.desk.actions.reply import Body, check, same_key
from okno.desk.contract import Level, Person
from okno.desk.models import (
    Aside,
    Attachment,
    Channel,
    Conversation,
    Direction,
    Draft,
    Message,
    Status,
)
from okno.kit import clock
from okno.kit.blobs import Stored
from okno.kit.text import one_line
from okno.spine import Actor, record, verb


@verb
def forward(
    actor: Actor,
    conversation: Conversation,
    channel: Channel,
    to: Person,
    body: Body,
    *,
    files: Sequence[Stored] = (),
    key: str | None = None,
    undo_seconds: float = 0,
) -> Message:
    """Write to somebody outside about a conversation; their answer comes back aside.

    `channel` is the one the letter leaves by and `to.address` is canonical for it. The same person
    again continues the same correspondence. Raises ValueError for the client, for our own address
    and for what the channel cannot carry.
    """
    authorize(actor, "conversation.reply", conversation)
    fresh = lock(conversation)
    if (same := same_key(key, fresh)) is not None:
        return same
    if fresh.status == Status.CLOSED:
        raise ValueError("this conversation is closed; write a new one instead")
    if not channel.abilities.can_start or not channel.is_active:
        raise ValueError("this channel cannot begin a conversation")
    refuse_own([to])
    check(channel, body, files)
    identity = find_or_create(actor, channel.abilities.identity_kind, to.address, to.name)
    _refuse_client(fresh, identity)
    subject = one_line(f"Fwd: {fresh.subject}".strip())
    aside, _ = Aside.objects.get_or_create(
        conversation=fresh, channel=channel, identity=identity, defaults={"subject": subject}
    )
    message = _write(actor, fresh, aside, body, key)
    attach(files, message_id=message.pk)
    until = moment(undo_seconds) if channel.abilities.can_undo else None
    queue(fresh, message, person_of(identity), Copies(to_all=False), until)
    hold(message, {}, until)
    put(fresh, last_message_at=clock.now())
    record(queued(message))
    drop(typed(actor, fresh, key))
    return message


def _refuse_client(conversation: Conversation, identity: Identity) -> None:
    """What is said aside must not go to the client by a slip."""
    requester = conversation.requester
    client = requester.merged_into_id or requester.pk
    other = identity.contact.merged_into_id or identity.contact_id
    if client == other:
        raise ValueError("this is the client of this conversation: write a reply instead")


def _write(
    actor: Actor, conversation: Conversation, aside: Aside, body: Body, key: str | None
) -> Message:
    author = person(actor)
    return Message.every.create(
        conversation=conversation,
        aside=aside,
        direction=Direction.OUT,
        key=key,
        agent=author if isinstance(author, Agent) else None,
        level=Level.VERIFIED,
        subject=aside.subject,
        text=body.text,
        html=body.html if aside.channel.abilities.html else "",
        created_at=clock.now(),
    )


@verb
def begin_forward(
    actor: Actor, conversation: Conversation, message: Message, quote: str, *, to: str = ""
) -> Draft:
    """Turn the actor's draft into a letter to somebody outside: what is typed stays above
    `quote`, and the files of `message` lie with it."""
    authorize(actor, "conversation.reply", conversation)
    author = person(actor)
    if not isinstance(author, Agent):
        raise ValueError("only agents have drafts")
    old = Draft.objects.filter(conversation=conversation, agent=author).first()
    above = f"{old.text.rstrip()}\n\n" if old is not None and old.text.strip() else "\n\n"
    values = {"text": f"{above}{quote}", "html": "", "to": to, "cc": None, "bcc": ""}
    draft, _ = Draft.objects.update_or_create(
        conversation=conversation,
        agent=author,
        defaults={**values, "is_note": False, "is_forward": True, **anew()},
    )
    known = set(draft.attachments.values_list("sha256", flat=True))
    Attachment.objects.bulk_create(
        Attachment(
            draft=draft,
            name=row.name,
            content_type=row.content_type,
            size=row.size,
            sha256=row.sha256,
            storage=row.storage,
        )
        for row in message.attachments.order_by("pk")
        if row.sha256 not in known
    )
    return draft
