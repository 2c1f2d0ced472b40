"""Merge and split, both with undo: what moved is written down."""

from collections.abc import Sequence

from okno.access.policy import authorize
from okno.desk.actions.conversations import lock, put
from okno.desk.events import ConversationMerged, ConversationOpened, ConversationSplit, MoveUndone
from okno.desk.models import Conversation, Message, Move, Note, Status
from okno.kit import clock
from okno.spine import Actor, record


def merge(actor: Actor, source: Conversation, target: Conversation) -> Move:
    """Move all of `source` into `target`; participants are not widened by it.

    Raises ValueError for the same conversation, a merged one or a closed target.
    """
    authorize(actor, "conversation.change", source)
    authorize(actor, "conversation.change", target)
    if source.pk == target.pk:
        raise ValueError("a conversation cannot be merged with itself")
    # Always in the order of numbers, so that two merges never wait for each other.
    held = {c.pk: lock(c) for c in sorted((source, target), key=lambda c: c.pk)}
    source, target = held[source.pk], held[target.pk]
    if source.merged_into_id or target.merged_into_id:
        raise ValueError("one of these conversations is merged already")
    if target.status == Status.CLOSED:
        raise ValueError("the target is closed")
    move = _move(
        Move.Kind.MERGE,
        source,
        target,
        list(Message.every.filter(conversation=source).values_list("pk", flat=True)),
        list(source.notes.values_list("pk", flat=True)),
    )
    put(source, merged_into_id=target.pk, status=Status.CLOSED, waiting_since=None, due_at=None)
    waits = [t for t in (target.waiting_since, move.before["waits"] and source.created_at) if t]
    put(
        target,
        waiting_since=min(waits) if waits else None,
        last_message_at=max(source.last_message_at, target.last_message_at),
    )
    record(ConversationMerged(source.pk, target.pk, move.pk))
    return move


def split(
    actor: Actor, conversation: Conversation, messages: Sequence[Message], *, subject: str = ""
) -> Conversation:
    """Move some messages into a new conversation of the same client.

    Raises ValueError when none or all are named, or one is of another conversation.
    """
    authorize(actor, "conversation.change", conversation)
    source = lock(conversation)
    ids = sorted(message.pk for message in messages)
    mine = set(source.messages.values_list("pk", flat=True))
    if not ids or set(ids) - mine:
        raise ValueError("choose messages of this conversation")
    if set(ids) == mine:
        raise ValueError("at least one message must stay")
    target = Conversation.objects.create(
        subject=subject[:250] or source.subject,
        preview=messages[0].own_words[:160],
        language=source.language,
        channel=source.channel,
        requester=source.requester,
        identity_id=source.identity_id,
        team_id=source.team_id,
        assignee_id=source.assignee_id,
        waiting_since=source.waiting_since,
        created_at=clock.now(),
        last_message_at=clock.now(),
    )
    record(ConversationOpened(target.pk, source.channel_id, source.requester_id, "in"))
    move = _move(Move.Kind.SPLIT, source, target, ids, [])
    record(ConversationSplit(source.pk, target.pk, move.pk))
    return target


def _move(
    kind: str, source: Conversation, target: Conversation, messages: list[int], notes: list[int]
) -> Move:
    before = {
        "status": source.status,
        "waits": source.waiting_since is not None,
        "target_waits": target.waiting_since is not None,
    }
    Message.every.filter(pk__in=messages).update(conversation=target)
    Note.objects.filter(pk__in=notes).update(conversation=target)
    return Move.objects.create(
        kind=kind, source=source, target=target, messages=messages, notes=notes, before=before
    )


def undo(actor: Actor, move: Move) -> None:
    """Put back what a merge or split moved; raises ValueError when that was done already."""
    authorize(actor, "conversation.change", move.source)
    authorize(actor, "conversation.change", move.target)
    held = {c.pk: lock(c) for c in sorted((move.source, move.target), key=lambda c: c.pk)}
    source, target = held[move.source_id], held[move.target_id]
    if not Move.objects.filter(pk=move.pk, undone_at=None).update(undone_at=clock.now()):
        raise ValueError("this was undone already")
    Message.every.filter(pk__in=move.messages, conversation=target).update(conversation=source)
    Note.objects.filter(pk__in=move.notes, conversation=target).update(conversation=source)
    if move.kind == Move.Kind.MERGE:
        waiting = clock.now() if move.before["waits"] else None
        put(source, merged_into_id=None, status=move.before["status"], waiting_since=waiting)
        if not move.before["target_waits"]:
            put(target, waiting_since=None)
    else:
        put(target, merged_into_id=source.pk, status=Status.CLOSED, waiting_since=None)
    record(MoveUndone(source.pk, target.pk, move.pk))
