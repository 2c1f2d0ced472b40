"""Merge and split, both with undo: what moved is written down."""

from collections.abc import Sequence

from okno.access.policy import authorize
from okno.desk.actions.conversations import lock, put, turn
from okno.desk.actions.drafts import carry_drafts, return_drafts
from okno.desk.events import (
    ConversationMerged,
    ConversationOpened,
    ConversationSeparated,
    ConversationSplit,
    MoveUndone,
)
from okno.desk.models import Conversation, Direction, Message, Move, Note, Status
from okno.kit import clock
from okno.spine import Actor, record, verb


@verb
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
    move.before["drafts"] = carry_drafts(source, target)
    move.save(update_fields=["before"])
    put(source, merged_into_id=target.pk, status=Status.CLOSED, waiting_since=None, due_at=None)
    waits = [t for t in (target.waiting_since, move.before["waits"] and source.created_at) if t]
    put(
        target,
        waiting_since=min(waits) if waits else None,
        last_message_at=max(source.last_message_at, target.last_message_at),
    )
    if move.before["waits"]:
        _reopen(target)
    record(ConversationMerged(source.pk, target.pk, move.pk))
    return move


@verb
def keep_apart(actor: Actor, conversation: Conversation) -> Conversation:
    """It does not belong where it was said that it may belong: that is said no more."""
    authorize(actor, "conversation.change", conversation)
    fresh = lock(conversation)
    if fresh.suggested_id is not None:
        other = fresh.suggested_id
        put(fresh, suggested_id=None)
        record(ConversationSeparated(fresh.pk, other))
    return fresh


@verb
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
        "target_status": target.status,
    }
    _carry(messages, notes, source, target)
    return Move.objects.create(
        kind=kind, source=source, target=target, messages=messages, notes=notes, before=before
    )


def _carry(
    messages: Sequence[int], notes: Sequence[int], source: Conversation, target: Conversation
) -> None:
    Message.every.filter(pk__in=messages, conversation=source).update(conversation=target)
    Note.objects.filter(pk__in=notes, conversation=source).update(conversation=target)


def _reopen(conversation: Conversation) -> None:
    """Somebody waits for an answer in it now."""
    if conversation.status in (Status.PENDING, Status.SOLVED):
        since = conversation.waiting_since
        turn(conversation, Status.OPEN)
        put(conversation, waiting_since=since)


@verb
def undo(actor: Actor, move: Move) -> None:
    """Put back what a merge or split moved; raises ValueError when that was done already, and when
    one of the two was merged or closed since, where what goes back would be out of sight."""
    authorize(actor, "conversation.change", move.source)
    authorize(actor, "conversation.change", move.target)
    held = {c.pk: lock(c) for c in sorted((move.source, move.target), key=lambda c: c.pk)}
    source, target = held[move.source_id], held[move.target_id]
    if not Move.objects.filter(pk=move.pk, undone_at=None).update(undone_at=clock.now()):
        raise ValueError("this was undone already")
    is_merge = move.kind == Move.Kind.MERGE
    if target.merged_into_id or source.merged_into_id != (target.pk if is_merge else None):
        raise ValueError("one of these conversations was merged since: undo that first")
    (_undo_merge if is_merge else _undo_split)(move, source, target)
    record(MoveUndone(source.pk, target.pk, move.pk))


def _undo_merge(move: Move, source: Conversation, target: Conversation) -> None:
    _carry(move.messages, move.notes, target, source)
    return_drafts(move.before.get("drafts", []), target, source)
    waiting = clock.now() if move.before["waits"] else None
    # Beside another open one of the same visitor it cannot be the one that goes on.
    key = None if _has_twin(source) else source.thread_key
    status = move.before["status"]
    put(source, merged_into_id=None, status=status, waiting_since=waiting, thread_key=key)
    if move.before["target_waits"] or target.waiting_since is None:
        return
    later = Message.objects.filter(
        conversation=target, direction=Direction.IN, is_automatic=False, created_at__gt=move.at
    )
    first = later.order_by("pk").first()
    if first is not None:
        put(target, waiting_since=first.created_at)
        return
    put(target, waiting_since=None)
    if target.status == Status.OPEN:
        turn(target, move.before.get("target_status", Status.OPEN))


def _has_twin(source: Conversation) -> bool:
    if source.thread_key is None or source.identity_id is None:
        return False
    same = Conversation.objects.filter(
        channel_id=source.channel_id, identity_id=source.identity_id, thread_key=source.thread_key
    )
    return same.exclude(status=Status.CLOSED).exclude(pk=source.pk).exists()


def _undo_split(move: Move, source: Conversation, target: Conversation) -> None:
    """With all that came to the one that was split off: it is closed and out of every list."""
    if source.status == Status.CLOSED and target.status != Status.CLOSED:
        raise ValueError("the conversation that this was split off is closed")
    since = (
        list(Message.every.filter(conversation=target).values_list("pk", flat=True)),
        list(target.notes.values_list("pk", flat=True)),
    )
    _carry(*since, target, source)
    waits = [t for t in (source.waiting_since, target.waiting_since) if t]
    put(
        source,
        waiting_since=min(waits) if waits else None,
        last_message_at=max(source.last_message_at, target.last_message_at),
    )
    if target.waiting_since is not None:
        _reopen(source)
    put(target, merged_into_id=source.pk, status=Status.CLOSED, waiting_since=None)
