"""Verbs over one conversation."""

from datetime import date, datetime, timedelta
from typing import Any

from okno.access.models import Agent, Team
from okno.access.policy import authorize, can
from okno.desk.actions.fields import refuse_unfilled
from okno.desk.events import (
    ConversationAssigned,
    ConversationBinned,
    ConversationChanged,
    ConversationMoved,
    ConversationRestored,
    ConversationSnoozed,
    ConversationWoken,
    DueSet,
    PriorityChanged,
    SpamMarked,
    SpamUnmarked,
    StatusChanged,
    TagAdded,
    TagRemoved,
)
from okno.desk.models import Conversation, Field, Priority, RequestType, Status, Tag
from okno.kit import clock
from okno.kit.text import of_that_name, one_line
from okno.spine import Actor, record, rows, sql, verb
from okno.spine.schedules import cancel, schedule

SOLVED_CLOSES_AFTER = timedelta(days=7)
LARGEST_NUMBER = 1e15


class Outdated(ValueError):
    """Somebody changed the conversation meanwhile; nothing was overwritten."""


def lock(conversation: Conversation, version: int | None = None) -> Conversation:
    """The conversation as it is now, held until the unit ends.

    Raises Outdated when `version` is given and is not the present one.
    """
    fresh = rows.one(Conversation, ("requester", "channel"), lock=True, number=conversation.pk)
    if fresh is None:
        raise Conversation.DoesNotExist(f"conversation {conversation.pk} is gone")
    if version is not None and fresh.version != version:
        raise Outdated("someone changed this conversation meanwhile; look again")
    return fresh


def put(conversation: Conversation, **values: Any) -> None:
    """Write fields of a locked conversation and raise its version."""
    sql.update(Conversation, conversation.pk, **values, version=sql.NEXT)
    for name, value in values.items():
        setattr(conversation, name, value)
    conversation.version += 1


@verb
def assign(
    actor: Actor, conversation: Conversation, agent: Agent | None, *, version: int | None = None
) -> Conversation:
    """Make `agent` (or nobody) answer for it; raises ValueError for one who may not see it."""
    authorize(actor, "conversation.change", conversation)
    fresh = lock(conversation, version)
    if agent is not None:
        in_team = fresh.team_id is None or agent.teams.filter(pk=fresh.team_id).exists()
        if not agent.is_working or not (agent.sees_all or in_team):
            raise ValueError(f"{agent.name} is not in this conversation's team or not active")
    after = agent.pk if agent else None
    if fresh.assignee_id != after:
        before = fresh.assignee_id
        put(fresh, assignee_id=after)
        record(ConversationAssigned(fresh.pk, before, after))
    return fresh


@verb
def move_to_team(actor: Actor, conversation: Conversation, team: Team | None) -> Conversation:
    """Hand it to another team; an assignee who would not see it there is taken off."""
    authorize(actor, "conversation.change", conversation)
    fresh = lock(conversation)
    after = team.pk if team else None
    if fresh.team_id == after:
        return fresh
    before, assignee = fresh.team_id, fresh.assignee
    put(fresh, team_id=after)
    record(ConversationMoved(fresh.pk, before, after))
    stays = assignee and (team is None or assignee.sees_all or team.agents.filter(pk=assignee.pk))
    if assignee and not stays:
        put(fresh, assignee_id=None)
        record(ConversationAssigned(fresh.pk, assignee.pk, None))
    return fresh


@verb
def set_status(
    actor: Actor, conversation: Conversation, status: str, *, version: int | None = None
) -> Conversation:
    """Set the status; a closed one stays closed. Raises ValueError for a move that is not one."""
    authorize(actor, "conversation.change", conversation)
    if status not in Status.values:
        raise ValueError(f"unknown status {status!r}; use one of {', '.join(Status.values)}")
    fresh = lock(conversation, version)
    if status == Status.SOLVED:
        refuse_unfilled(actor, fresh)
    turn(fresh, status)
    return fresh


def turn(fresh: Conversation, status: str) -> None:
    """Change the status of a locked conversation, with its closing timer and its event."""
    before = fresh.status
    if before == status:
        return
    if before == Status.CLOSED:
        raise ValueError("a closed conversation is final; write a new one instead")
    values: dict[str, Any] = {"status": status}
    if status in (Status.SOLVED, Status.CLOSED):
        values |= {"waiting_since": None, "due_at": None, "snoozed_until": None}
    put(fresh, **values)
    key = f"conversation.close:{fresh.pk}"
    if status == Status.SOLVED:
        due = clock.now() + SOLVED_CLOSES_AFTER
        schedule(
            "conversation.close",
            due,
            {"number": fresh.pk},
            key=key,
            subject=("conversation", fresh.pk),
        )
    elif before == Status.SOLVED:
        cancel(key)
    record(StatusChanged(fresh.pk, before, status))


@verb
def set_priority(actor: Actor, conversation: Conversation, priority: int) -> Conversation:
    """Set the weight, 1 (low) to 4 (urgent); raises ValueError for another number."""
    authorize(actor, "conversation.change", conversation)
    if priority not in Priority.values:
        raise ValueError("a priority is 1 (low), 2, 3 or 4 (urgent)")
    fresh = lock(conversation)
    if fresh.priority != priority:
        before = fresh.priority
        put(fresh, priority=priority)
        record(PriorityChanged(fresh.pk, before, priority))
    return fresh


@verb
def set_subject(actor: Actor, conversation: Conversation, subject: str) -> Conversation:
    """Rename; one line, 250 characters at most."""
    authorize(actor, "conversation.change", conversation)
    fresh = lock(conversation)
    put(fresh, subject=one_line(subject))
    record(ConversationChanged(fresh.pk, ["subject"]))
    return fresh


@verb
def change_fields(
    actor: Actor,
    conversation: Conversation,
    fields: dict[str, Any] | None = None,
    *,
    request_type: RequestType | None = None,
    language: str | None = None,
) -> Conversation:
    """Set our own fields, the request type or language; raises ValueError for unknown or unfit."""
    authorize(actor, "conversation.change", conversation)
    values: dict[str, Any] = {}
    fresh = lock(conversation)
    if fields:
        values["fields"] = {**fresh.fields, **_checked(fields)}
    if request_type is not None:
        values["request_type_id"] = request_type.pk
    if language is not None:
        values["language"] = language[:8]
    if values:
        put(fresh, **values)
        record(ConversationChanged(fresh.pk, sorted(values)))
    return fresh


def _checked(fields: dict[str, Any]) -> dict[str, Any]:
    known = {field.key: field for field in Field.objects.filter(key__in=fields)}
    for key, value in fields.items():
        if key not in known:
            raise ValueError(f"there is no field {key!r}")
        if value is not None and not _fits(known[key], value):
            raise ValueError(f"{known[key].label}: this value does not fit a {known[key].type}")
    return fields


def _fits(field: Field, value: Any) -> bool:
    if field.type == Field.Type.NUMBER:
        # Infinity and what no column of numbers holds are refused too.
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        return is_number and -LARGEST_NUMBER <= value <= LARGEST_NUMBER
    if field.type == Field.Type.FLAG:
        return isinstance(value, bool)
    if not isinstance(value, str) or len(value) > 2000:
        return False
    if field.type == Field.Type.CHOICE:
        return value in field.choices
    if field.type == Field.Type.DATE:
        try:
            date.fromisoformat(value)
        except ValueError:
            return False
    return True


@verb
def add_tag(actor: Actor, conversation: Conversation, name: str) -> Tag:
    """Label it; the tag is made when new. Raises ValueError for an empty name."""
    authorize(actor, "conversation.change", conversation)
    name = one_line(name, 60)
    if not name:
        raise ValueError("a tag needs a word")
    known = of_that_name(Tag.objects.order_by("pk").values_list("pk", "name"), name)
    tag = Tag.objects.get(pk=known) if known else Tag.objects.create(name=name)
    if not conversation.tags.filter(pk=tag.pk).exists():
        conversation.tags.add(tag)
        record(TagAdded(conversation.pk, tag.pk))
    return tag


@verb
def remove_tag(actor: Actor, conversation: Conversation, tag: Tag) -> None:
    """Take a label off."""
    authorize(actor, "conversation.change", conversation)
    if conversation.tags.filter(pk=tag.pk).exists():
        conversation.tags.remove(tag)
        record(TagRemoved(conversation.pk, tag.pk))


@verb
def snooze(actor: Actor, conversation: Conversation, until: datetime) -> Conversation:
    """Put off until an instant (aware); raises ValueError for one that has passed."""
    authorize(actor, "conversation.change", conversation)
    if until <= clock.now():
        raise ValueError("choose a time that is still to come")
    fresh = lock(conversation)
    put(fresh, snoozed_until=until)
    schedule(
        "conversation.wake",
        until,
        {"number": fresh.pk},
        key=f"conversation.wake:{fresh.pk}",
        subject=("conversation", fresh.pk),
    )
    record(ConversationSnoozed(fresh.pk, int(until.timestamp())))
    return fresh


@verb
def wake(actor: Actor, conversation: Conversation) -> Conversation:
    """Bring it back before its time."""
    authorize(actor, "conversation.change", conversation)
    fresh = lock(conversation)
    if fresh.snoozed_until is not None:
        rouse(fresh)
    return fresh


def rouse(fresh: Conversation) -> None:
    """End the snooze of a locked conversation."""
    put(fresh, snoozed_until=None)
    cancel(f"conversation.wake:{fresh.pk}")
    record(ConversationWoken(fresh.pk))


@verb
def set_due(actor: Actor, conversation: Conversation, due_at: datetime | None) -> Conversation:
    """Set or lift the deadline (aware)."""
    authorize(actor, "conversation.change", conversation)
    fresh = lock(conversation)
    if fresh.due_at != due_at:
        put(fresh, due_at=due_at)
        record(DueSet(fresh.pk, int(due_at.timestamp()) if due_at else None))
    return fresh


@verb
def mark_spam(actor: Actor, conversation: Conversation) -> Conversation:
    """Put it among spam, where nothing waits and nothing is answered by itself."""
    authorize(actor, "conversation.change", conversation)
    fresh = lock(conversation)
    if not fresh.is_spam:
        put(fresh, is_spam=True)
        record(SpamMarked(fresh.pk))
    return fresh


@verb
def unmark_spam(actor: Actor, conversation: Conversation) -> Conversation:
    """It was no spam: back to where it was."""
    authorize(actor, "conversation.change", conversation)
    fresh = lock(conversation)
    if fresh.is_spam:
        put(fresh, is_spam=False)
        record(SpamUnmarked(fresh.pk))
    return fresh


@verb
def bin_conversation(actor: Actor, conversation: Conversation) -> Conversation:
    """Move to the bin; nothing is deleted."""
    authorize(actor, "conversation.change", conversation)
    fresh = lock(conversation)
    if fresh.binned_at is None:
        put(fresh, binned_at=clock.now())
        record(ConversationBinned(fresh.pk))
    return fresh


@verb
def restore(actor: Actor, conversation: Conversation) -> Conversation:
    """Take out of the bin."""
    authorize(actor, "conversation.change", conversation)
    fresh = lock(conversation)
    if fresh.binned_at is not None:
        put(fresh, binned_at=None)
        record(ConversationRestored(fresh.pk))
    return fresh


def may_answer(actor: Actor, conversation: Conversation) -> bool:
    """Whether the composer is shown at all."""
    return bool(can(actor, "conversation.reply", conversation))
