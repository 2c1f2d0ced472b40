"""Replies to clients."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from okno.access.models import Agent
from okno.access.policy import authorize, person
from okno.contacts.models import Identity
from okno.desk import destinations
from okno.desk.actions.conversations import lock, put, rouse, turn
from okno.desk.actions.deliveries import queued
from okno.desk.actions.drafts import drop, typed
from okno.desk.actions.fields import refuse_unfilled
from okno.desk.actions.held import hold, moment, state_of
from okno.desk.actions.receive import PREVIEW, attach
from okno.desk.actions.recipients import Copies, person_of, queue
from okno.desk.contract import Level, Person
from okno.desk.models import (
    Channel,
    Conversation,
    Direction,
    Message,
    Status,
)
from okno.desk.seen import unknown_to
from okno.kit import clock
from okno.kit.blobs import Stored, total
from okno.kit.text import one_line
from okno.spine import Actor, record, rows, sql, verb

LARGEST_LETTER = 25 * 1024 * 1024


@dataclass(frozen=True)
class Body:
    """What is written: always text; HTML when the channel takes it."""

    text: str
    html: str = ""


class Stale(ValueError):
    """Someone wrote meanwhile; `news` are the ids of the messages not yet seen."""

    def __init__(self, news: list[int]) -> None:
        super().__init__(f"{len(news)} new messages since you opened this conversation")
        self.news = news


@verb
def reply(
    actor: Actor,
    conversation: Conversation,
    body: Body,
    *,
    files: Sequence[Stored] = (),
    key: str | None = None,
    copies: Sequence[Person] | Copies = (),
    seen: int | None = None,
    then: str = Status.PENDING,
    send_at: datetime | None = None,
    undo_seconds: float = 0,
) -> Message:
    """Answer the client; sent by the channel as soon as this is committed (or at `send_at`).

    `key` is the client-made id: the same key again gives the same message. `seen` is the id of the
    newest message the writer knew when they began to write, not of what came on the screen since:
    newer ones of others raise Stale. `then` is the status afterwards. With `undo_seconds` it waits
    so long to be taken back by `unsend`.
    Raises ValueError for an empty, too long or undeliverable reply.
    """
    authorize(actor, "conversation.reply", conversation)
    fresh = lock(conversation)
    if (same := same_key(key, fresh)) is not None:
        return same
    if fresh.status == Status.CLOSED:
        raise ValueError("this conversation is closed; write a new one instead")
    if fresh.identity_id is None:
        raise ValueError("nobody to answer: the sender of this message is unknown")
    if then == Status.SOLVED:
        refuse_unfilled(actor, fresh)
    check(fresh.channel, body, files)
    if seen is not None:
        _refuse_stale(actor, fresh, seen)
    by = _ways(fresh)
    before = {**state_of(fresh), "then": then}
    message = write(actor, fresh, body, files, key)
    to = rows.one(Identity, ("contact",), id=fresh.identity_id)
    assert to is not None
    can_undo = any(way.channel.abilities.can_undo for way in by)
    until = moment(undo_seconds) if can_undo else None
    given = copies if isinstance(copies, Copies) else Copies(copies)
    queue(fresh, message, person_of(to), given, until or send_at, by=by)
    hold(message, before, until)
    record(queued(message))
    _answered(fresh, body, then)
    drop(typed(actor, fresh, key))
    return message


def _ways(conversation: Conversation) -> list[destinations.Destination]:
    if found := destinations.of(conversation):
        return found
    raise ValueError(
        "nobody would get this: the address is not proved, and no mail channel can send"
    )


def _answered(fresh: Conversation, body: Body, then: str) -> None:
    """The client waits no more."""
    put(
        fresh,
        last_message_at=clock.now(),
        preview=one_line(body.text[:400], PREVIEW),
        waiting_since=None,
        due_at=None,
    )
    if fresh.snoozed_until is not None:
        rouse(fresh)
    turn(fresh, then)


def same_key(key: str | None, conversation: Conversation) -> Message | None:
    """What this key has made already."""
    if key is None:
        return None
    found = rows.one(Message, key=key)
    if found is not None and found.conversation_id != conversation.pk:
        raise ValueError("this key was used for another conversation")
    return found


def check(channel: Channel, body: Body, files: Sequence[Stored]) -> None:
    """Raise ValueError for what the channel cannot carry."""
    can = channel.abilities
    if not body.text.strip() and not files:
        raise ValueError("write something first")
    if len(body.text) > can.max_length:
        raise ValueError(f"this channel takes at most {can.max_length} characters")
    if files and not can.files:
        raise ValueError("this channel takes no files")
    if total(files) > LARGEST_LETTER:
        raise ValueError("the files together are larger than 25 MB")


def _refuse_stale(actor: Actor, conversation: Conversation, seen: int) -> None:
    newer = unknown_to(person(actor), conversation.pk, seen)
    if news := list(newer.values_list("pk", flat=True)):
        raise Stale(news)


def write(
    actor: Actor,
    conversation: Conversation,
    body: Body,
    files: Sequence[Stored],
    key: str | None,
) -> Message:
    """The row of a message to the client, with its files."""
    author = person(actor)
    message = sql.create(
        Message,
        conversation_id=conversation.pk,
        direction=Direction.OUT,
        key=key,
        agent_id=author.pk if isinstance(author, Agent) else None,
        level=Level.VERIFIED,
        subject=conversation.subject,
        text=body.text,
        html=body.html if conversation.channel.abilities.html else "",
        created_at=clock.now(),
    )
    message.conversation = conversation
    if isinstance(author, Agent):
        message.agent = author
    attach(files, message_id=message.pk)
    return message
