"""First letters: a conversation that we begin."""

from collections.abc import Sequence
from datetime import datetime

from okno.access.models import Agent, Team
from okno.access.policy import authorize, person
from okno.contacts.actions import find_or_create
from okno.contacts.models import Contact, Identity
from okno.desk.actions.deliveries import queued
from okno.desk.actions.held import hold, moment
from okno.desk.actions.receive import PREVIEW
from okno.desk.actions.recipients import Copies, person_of, queue
from okno.desk.actions.reply import Body, check, write
from okno.desk.contract import Person
from okno.desk.events import ConversationOpened
from okno.desk.models import Channel, Conversation, Message, Status
from okno.kit import clock
from okno.kit.blobs import Stored
from okno.kit.text import one_line
from okno.spine import Actor, record, verb


@verb
def write_first(
    actor: Actor,
    channel: Channel,
    to: Person,
    subject: str,
    body: Body,
    *,
    files: Sequence[Stored] = (),
    copies: Sequence[Person] = (),
    key: str | None = None,
    team: Team | None = None,
    send_at: datetime | None = None,
    undo_seconds: float = 0,
) -> Conversation:
    """Open a conversation by writing to a client first; `to.address` is canonical already.

    With `undo_seconds` the letter waits so long to be taken back by `unsend`.
    Raises ValueError when the channel cannot begin a conversation or is off.
    """
    authorize(actor, "conversation.open", channel)
    if not channel.abilities.can_start or not channel.is_active:
        raise ValueError("this channel cannot begin a conversation")
    if key is not None and (done := Message.every.filter(key=key).first()) is not None:
        return done.conversation
    check(channel, body, files)
    identity = find_or_create(actor, channel.abilities.identity_kind, to.address, to.name)
    conversation = _open_out(actor, channel, identity, subject, body, team)
    message = write(actor, conversation, body, files, key)
    until = moment(undo_seconds) if channel.abilities.can_undo else None
    queue(conversation, message, person_of(identity), Copies(copies), until or send_at)
    hold(message, {}, until)
    record(queued(message))
    return conversation


def _open_out(
    actor: Actor,
    channel: Channel,
    identity: Identity,
    subject: str,
    body: Body,
    team: Team | None,
) -> Conversation:
    requester: Contact = identity.contact.merged_into or identity.contact
    author = person(actor)
    conversation = Conversation.objects.create(
        subject=one_line(subject),
        preview=one_line(body.text[:400], PREVIEW),
        status=Status.PENDING,
        language=requester.language or channel.language,
        channel=channel,
        requester=requester,
        identity=identity,
        team=team or channel.team,
        assignee=author if isinstance(author, Agent) else None,
        created_at=clock.now(),
        last_message_at=clock.now(),
    )
    record(ConversationOpened(conversation.pk, channel.pk, requester.pk, "out"))
    return conversation
