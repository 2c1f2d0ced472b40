"""What one press of an agent did to conversations, kept so that it can be taken back at once."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from okno.access.models import Agent, Team
from okno.access.policy import Forbidden, authorize, person
from okno.desk.actions import conversations as verbs
from okno.desk.events import ConversationSnoozed
from okno.desk.models import Conversation, Press, Tag
from okno.kit import clock
from okno.spine import SYSTEM, Actor, record, verb
from okno.spine.schedules import schedule

# The fields that a press may change; what a verb does beside them follows from these.
TIMES = ("waiting_since", "due_at", "snoozed_until", "binned_at")
FIELDS = ("status", "assignee_id", "team_id", "is_spam", *TIMES)
KEPT = timedelta(days=1)

# What a press does to one conversation; a tag that it added is its answer.
Act = Callable[[Conversation], object]
Step = dict[str, Any]


def pressed(conversation: Conversation, act: Act) -> Step:
    """Do it to one conversation the actor was given, and say what changed, for `keep_press`.

    Raises what the verb raises.
    """
    before = _fields(verbs.lock(conversation))
    had = set(conversation.tags.values_list("pk", flat=True))
    tag = act(conversation)
    after = _fields(Conversation.objects.get(pk=conversation.pk))
    changed = [field for field in FIELDS if before[field] != after[field]]
    step: Step = {
        "number": conversation.pk,
        "is": {field: after[field] for field in changed},
        "was": {field: before[field] for field in changed},
    }
    if isinstance(tag, Tag) and tag.pk not in had:
        step["tag"] = tag.pk
    return step


def _fields(row: Conversation) -> dict[str, Any]:
    return {field: _plain(getattr(row, field)) for field in FIELDS}


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, datetime) else value


def keep_press(actor: Actor, steps: list[Step], before: Press | None = None) -> Press:
    """Keep what a press did, or what more it did; the agent's presses of other days go."""
    agent = person(actor)
    if not isinstance(agent, Agent):
        raise Forbidden("only agents press")
    if before is not None:
        before.steps = [*before.steps, *steps]
        before.save(update_fields=["steps"])
        return before
    Press.objects.filter(agent=agent, at__lt=clock.now() - KEPT).delete()
    return Press.objects.create(agent=agent, steps=steps, at=clock.now())


@verb
def begin_undo(actor: Actor, press: Press) -> None:
    """Take a press for undoing; raises ValueError when it was taken back already."""
    authorize(actor, "press.undo", press)
    if not Press.objects.filter(pk=press.pk, undone_at=None).update(undone_at=clock.now()):
        raise ValueError("this was undone already")


@verb
def undo_step(actor: Actor, press: Press, step: Step) -> None:
    """Put one conversation back as it was before a press.

    Who pressed a moment ago may take it back even where it went out of their sight. Raises
    ValueError when somebody changed it meanwhile: their work stays.
    """
    authorize(actor, "press.undo", press)
    fresh = verbs.lock(Conversation(pk=step["number"]))
    now = _fields(fresh)
    if any(now[field] != value for field, value in step["is"].items()):
        raise ValueError("someone changed this conversation meanwhile; look again")
    was = step["was"]
    _put_back_place(fresh, was)
    if "status" in was:
        verbs.turn(fresh, was["status"])
    _put_back_times(fresh, was)
    if "is_spam" in was:
        verbs.unmark_spam(SYSTEM, fresh)
    if "tag" in step and (tag := Tag.objects.filter(pk=step["tag"]).first()) is not None:
        verbs.remove_tag(SYSTEM, fresh, tag)


def _put_back_place(fresh: Conversation, was: dict[str, Any]) -> None:
    if "team_id" in was:
        team = Team.objects.filter(pk=was["team_id"]).first()
        verbs.move_to_team(SYSTEM, fresh, team)
    if "assignee_id" in was:
        verbs.assign(SYSTEM, fresh, Agent.objects.filter(pk=was["assignee_id"]).first())


def _put_back_times(fresh: Conversation, was: dict[str, Any]) -> None:
    if "binned_at" in was:
        verbs.restore(SYSTEM, fresh)
    times = {name: _instant(was[name]) for name in ("waiting_since", "due_at") if name in was}
    if times:
        verbs.put(fresh, **times)
    if "snoozed_until" in was:
        _put_back_snooze(fresh, _instant(was["snoozed_until"]))


def _put_back_snooze(fresh: Conversation, until: datetime | None) -> None:
    if until is None:
        verbs.rouse(fresh)
    elif until > clock.now():
        verbs.put(fresh, snoozed_until=until)
        key = f"conversation.wake:{fresh.pk}"
        schedule(
            "conversation.wake",
            until,
            {"number": fresh.pk},
            key=key,
            subject=("conversation", fresh.pk),
        )
        record(ConversationSnoozed(fresh.pk, int(until.timestamp())))


def _instant(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None
