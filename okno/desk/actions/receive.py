"""The hot verb: what a client wrote becomes a message of the right conversation.

Where a letter belongs is decided here alone: by a verified token, by the service's own session, or
by a reference between letters of verified senders: one, or colleagues. Everything else opens a new
conversation that says where it may belong.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import DEFAULT_DB_ALIAS

from okno.contacts.events import ContactCreated, IdentityAdded
from okno.contacts.models import Contact, Identity
from okno.desk.actions.conversations import put, rouse, turn
from okno.desk.contract import Incoming, Level, Person
from okno.desk.events import (
    AsideReceived,
    ConversationOpened,
    ConversationRestored,
    MessageReceived,
    ParticipantAdded,
)
from okno.desk.models import (
    Aside,
    Attachment,
    Channel,
    Conversation,
    Direction,
    Message,
    Participant,
    Status,
)
from okno.kit import clock
from okno.kit.blobs import Stored
from okno.kit.failpoint import failpoint
from okno.kit.mail.providers import are_colleagues
from okno.kit.text import one_line
from okno.spine import current, record, rows, sql

PREVIEW = 160


@dataclass(frozen=True)
class _Sender:
    contact_id: int
    identity_id: int | None
    is_blocked: bool


@dataclass(frozen=True)
class _Place:
    """Where an item goes: an existing conversation, an aside of it, or a new one with its links."""

    conversation: Conversation | None = None
    is_new_sender: bool = False
    previous: int | None = None
    suggested: int | None = None
    aside: int | None = None


def receive(
    channel: Channel,
    incoming: Incoming,
    files: Sequence[Stored] = (),
    *,
    inbound_id: int | None = None,
    is_quiet: bool = False,
) -> Message:
    """Store what a client wrote and put it where it belongs; returns the message.

    `is_quiet` is for imported letters: they start no deadline, rule or automatic reply.
    """
    sender = _sender(channel, incoming)
    place = _find_place(channel, incoming, sender)
    there = place.conversation
    if there is not None:
        number, is_spam = there.pk, there.is_spam
    else:
        is_spam = incoming.is_spam or sender.is_blocked
        number = _open(channel, incoming, sender, place, is_spam=is_spam, is_quiet=is_quiet)
    message_id = _write(number, incoming, sender, place, inbound_id)
    failpoint("parse.after_message_before_attachments")
    attach(files, message_id=message_id)
    if place.aside is not None and there is not None:
        _touch(there, incoming, is_quiet=is_quiet, is_aside=True)
        record(AsideReceived(number, message_id, channel.pk, place.aside))
        return Message.from_db(DEFAULT_DB_ALIAS, ("id", "conversation_id"), (message_id, number))
    for person in incoming.copies:
        _add_copy(number, there.identity_id if there else sender.identity_id, channel, person)
    if there is not None:
        _touch(there, incoming, is_quiet=is_quiet)
    is_automatic = incoming.is_automatic
    record(MessageReceived(number, message_id, channel.pk, is_automatic, is_quiet, is_spam))
    # What nobody asks for is not worth a model's making: other fields load when they are read.
    return Message.from_db(DEFAULT_DB_ALIAS, ("id", "conversation_id"), (message_id, number))


def receive_unreadable(channel: Channel, inbound_id: int, why: str) -> Message:
    """A raw item nobody could read becomes a visible conversation with its file one click away."""
    incoming = Incoming(
        external_id="",
        sender=None,
        level=Level.ANONYMOUS,
        subject="",
        text="",
        notices=("unreadable", why[:60]),
    )
    return receive(channel, incoming, inbound_id=inbound_id)


def _sender(channel: Channel, incoming: Incoming) -> _Sender:
    person = incoming.sender
    if person is None:
        return _Sender(_new_contact("", incoming.language), None, False)
    return _known(channel.abilities.identity_kind, person, incoming.language)


# The newest that goes on; else the newest of all, which says what the new one follows.
_GOING_ON = """
SELECT number FROM desk_conversation
WHERE channel_id = %s AND identity_id = %s AND thread_key = %s
ORDER BY (CASE WHEN status = 'closed' THEN 1 ELSE 0 END), number DESC LIMIT 1
"""
_IDENTITY = """
SELECT i.id, c.id, c.merged_into_id, c.is_blocked, c.name FROM contacts_identity i
JOIN contacts_contact c ON c.id = i.contact_id WHERE i.kind = %s AND i.address = %s
"""


def _known(kind: str, person: Person, language: str = "") -> _Sender:
    """The contact of an address, made when new. Two at once: the database lets one in."""
    cursor = current().cursor
    cursor.execute(_IDENTITY, [kind, person.address])
    row = cursor.fetchone()
    if row:
        identity_id, contact_id, head, is_blocked, name = row
        if person.name and not name:
            Contact.objects.filter(pk=contact_id).update(name=one_line(person.name, 160))
        return _Sender(head or contact_id, identity_id, bool(is_blocked))
    contact_id = _new_contact(person.name, language)
    identity_id = sql.insert(Identity, contact_id=contact_id, kind=kind, address=person.address)
    record(IdentityAdded(contact_id, identity_id, kind))
    return _Sender(contact_id, identity_id, False)


def _new_contact(name: str, language: str) -> int:
    contact_id = sql.insert(Contact, name=one_line(name, 160), language=language[:8])
    record(ContactCreated(contact_id))
    return contact_id


def _find_place(channel: Channel, incoming: Incoming, sender: _Sender) -> _Place:
    thread = incoming.thread
    if thread.aside is not None:
        row = Aside.objects.filter(pk=thread.aside).first()
        if row is not None and (found := _held(row.conversation_id)) is not None:
            return _joined_aside(row, found, sender)
    if thread.number is not None:
        found = _held(thread.number)
        if found is not None:
            return _joined(found, sender)
    if thread.key is not None and sender.identity_id is not None:
        cursor = current().cursor
        cursor.execute(_GOING_ON, [channel.pk, sender.identity_id, thread.key])
        newest = cursor.fetchone()
        found = _held(newest[0]) if newest else None
        if found is not None:
            return _joined(found, sender)
    return _by_reference(incoming, sender)


def _held(number: int) -> Conversation | None:
    """The conversation, locked, followed to where it was merged into."""
    related = ("requester", "channel")
    found = rows.one(Conversation, related, lock=True, number=number)
    while found is not None and found.merged_into_id is not None:
        found = rows.one(Conversation, related, lock=True, number=found.merged_into_id)
    return found


def _joined(found: Conversation, sender: _Sender) -> _Place:
    takes_part = _takes_part(found, sender)
    if found.status == Status.CLOSED:
        # A closed conversation is final; a stranger with its token is only a suggestion.
        return _Place(previous=found.pk) if takes_part else _Place(suggested=found.pk)
    return _Place(found, is_new_sender=not takes_part)


def _joined_aside(aside: Aside, found: Conversation, sender: _Sender) -> _Place:
    """An answer to a forwarded letter; whoever else has its token is marked as new."""
    is_new = sender.identity_id != aside.identity_id
    if found.status == Status.CLOSED:
        return _Place(suggested=found.pk) if is_new else _Place(previous=found.pk)
    return _Place(aside=aside.pk, conversation=found, is_new_sender=is_new)


def _takes_part(found: Conversation, sender: _Sender) -> bool:
    head = found.requester.merged_into_id or found.requester_id
    if sender.contact_id in (found.requester_id, head):
        return True
    if sender.identity_id is None:
        return False
    return Participant.objects.filter(
        conversation=found, identity_id=sender.identity_id, is_confirmed=True
    ).exists()


_REFERRED = (
    "conversation_id", "identity_id", "identity__address", "level", "direction"
)  # fmt: skip


def _by_reference(incoming: Incoming, sender: _Sender) -> _Place:
    """Letters that name an earlier one: joined when both senders are verified and the later one is
    the same or a colleague."""
    thread = incoming.thread
    near = None
    if thread.references:
        earlier = Message.objects.filter(external_id__in=thread.references).order_by("-id")
        for row in earlier.values(*_REFERRED)[:20]:
            near = near or row["conversation_id"]
            if _belongs(incoming, sender, row):
                found = _held(row["conversation_id"])
                if found is not None:
                    return _joined(found, sender)
    if near is None and thread.mentioned is not None:
        mentioned = Conversation.objects.filter(pk=thread.mentioned)
        near = mentioned.values_list("pk", flat=True).first()
    return _Place(suggested=near)


def _belongs(incoming: Incoming, sender: _Sender, row: dict[str, Any]) -> bool:
    """Whether a letter goes where the earlier one is that it names.

    A colleague was in copy, or is of the same firm and answers to all. An id alone, which many
    may know, is not enough.
    """
    if not incoming.level == row["level"] == Level.VERIFIED or row["direction"] != Direction.IN:
        return False
    if row["identity_id"] == sender.identity_id:
        return True
    first, now = row["identity__address"], incoming.sender
    if first is None or now is None or sender.identity_id is None:
        return False
    answers_to_all = any(first == person.address for person in incoming.copies)
    if answers_to_all and are_colleagues(first, now.address):
        return True
    named = Participant.objects.filter(identity_id=sender.identity_id)
    return named.filter(conversation_id=row["conversation_id"]).exists()


def _open(
    channel: Channel,
    incoming: Incoming,
    sender: _Sender,
    place: _Place,
    *,
    is_spam: bool,
    is_quiet: bool,
) -> int:
    now = clock.now()
    waits = not (is_quiet or is_spam or incoming.is_automatic)
    number = sql.insert(
        Conversation,
        subject=one_line(incoming.subject),
        preview=preview(incoming),
        language=incoming.language[:8],
        channel_id=channel.pk,
        requester_id=sender.contact_id,
        identity_id=sender.identity_id,
        team_id=channel.team_id,
        waiting_since=now if waits else None,
        is_spam=is_spam,
        thread_key=incoming.thread.key,
        visit=incoming.visit or None,
        previous_id=place.previous,
        suggested_id=place.suggested,
        created_at=now,
        last_message_at=_moment(incoming) if is_quiet else now,
    )
    record(ConversationOpened(number, channel.pk, sender.contact_id, "in", is_quiet))
    return number


def _moment(incoming: Incoming) -> object:
    return min(incoming.sent_at or clock.now(), clock.now())


def preview(incoming: Incoming) -> str:
    """The beginning of the person's own words, for the list."""
    return one_line((incoming.reply_text or incoming.text)[:400], PREVIEW)


def _write(
    number: int, incoming: Incoming, sender: _Sender, place: _Place, inbound_id: int | None
) -> int:
    return sql.insert(
        Message,
        conversation_id=number,
        aside_id=place.aside,
        direction=Direction.IN,
        contact_id=sender.contact_id,
        identity_id=sender.identity_id,
        level=Level.CLAIMED if place.is_new_sender else incoming.level,
        subject=one_line(incoming.subject),
        text=incoming.text,
        reply_text=incoming.reply_text,
        html=incoming.html,
        external_id=incoming.external_id[:255],
        inbound_id=inbound_id,
        is_automatic=incoming.is_automatic,
        no_automatic_answer=incoming.is_automatic or incoming.no_automatic_answer,
        is_new_sender=place.is_new_sender,
        notices=list(incoming.notices),
        sent_at=incoming.sent_at,
        created_at=clock.now(),
    )


def attach(
    files: Sequence[Stored], *, message_id: int | None = None, note_id: int | None = None
) -> None:
    """Name stored files in rows of a message or a note."""
    if not files:
        return
    Attachment.objects.bulk_create(
        Attachment(
            message_id=message_id,
            note_id=note_id,
            name=file.name,
            content_type=file.content_type,
            size=file.size,
            sha256=file.sha256,
            storage=file.storage,
            is_inline=file.is_inline,
            content_id=file.content_id,
        )
        for file in files
    )


def _add_copy(number: int, requester: int | None, channel: Channel, person: Person) -> None:
    """Someone in copy is remembered, but gets nothing until an agent confirms them.

    `requester` is the identity whose conversation it is.
    """
    known = _known(channel.abilities.identity_kind, person)
    if known.identity_id in (None, requester):
        return
    participant, made = Participant.objects.get_or_create(
        conversation_id=number, identity_id=known.identity_id
    )
    if made:
        record(ParticipantAdded(number, participant.pk, False))


def _touch(
    conversation: Conversation, incoming: Incoming, *, is_quiet: bool, is_aside: bool = False
) -> None:
    """The client's word reopens, also out of the bin, and starts the wait; a machine's does not.

    So does an answer aside, of which nothing else is shown outside its own entry.
    """
    now = clock.now()
    values: dict[str, object] = {"last_message_at": now, "version": sql.NEXT}
    if not is_aside:
        values["preview"] = preview(incoming)
    if incoming.visit:
        values["visit"] = incoming.visit
    waits = not (is_quiet or incoming.is_automatic or conversation.is_spam)
    if waits and conversation.waiting_since is None:
        values["waiting_since"] = now
    sql.update(Conversation, conversation.pk, **values)
    if waits:
        if conversation.binned_at is not None:
            put(conversation, binned_at=None)
            record(ConversationRestored(conversation.pk))
        if conversation.status in (Status.PENDING, Status.SOLVED):
            turn(conversation, Status.OPEN)
        if conversation.snoozed_until is not None:
            rouse(conversation)
