"""PATCH of a conversation: each named field is one verb, all in the caller's unit."""

from collections.abc import Callable
from typing import Any

from okno.access import queries as people
from okno.access.policy import authorize
from okno.api.schemas import ConversationPatch
from okno.desk import actions
from okno.desk.actions.conversations import lock
from okno.desk.models import Conversation
from okno.kit.text import folded
from okno.spine import Actor

Step = Callable[[Actor, Conversation, Any], object]


def apply(actor: Actor, conversation: Conversation, patch: ConversationPatch) -> None:
    """Do what the patch names; raises Forbidden, Outdated, or ValueError for what does not fit."""
    authorize(actor, "conversation.change", conversation)
    lock(conversation, patch.version)
    for name, step in _STEPS.items():
        if name in patch.model_fields_set:
            step(actor, conversation, getattr(patch, name))


def _team(actor: Actor, conversation: Conversation, team_id: int | None) -> None:
    team = people.teams(actor).filter(pk=team_id).first() if team_id else None
    if team_id and team is None:
        raise ValueError("there is no such team")
    actions.move_to_team(actor, conversation, team)


def _assignee(actor: Actor, conversation: Conversation, agent_id: int | None) -> None:
    agent = people.agents(actor).filter(pk=agent_id).first() if agent_id else None
    if agent_id and agent is None:
        raise ValueError("there is no such agent")
    actions.assign(actor, conversation, agent)


def _tags(actor: Actor, conversation: Conversation, names: list[str]) -> None:
    wanted = {folded(" ".join(name.split())) for name in names}
    for tag in conversation.tags.all():
        if folded(tag.name) not in wanted:
            actions.remove_tag(actor, conversation, tag)
    for name in names:
        actions.add_tag(actor, conversation, name)


def _snooze(actor: Actor, conversation: Conversation, until: Any) -> None:
    if until is None:
        actions.wake(actor, conversation)
    else:
        actions.snooze(actor, conversation, until)


def _apart(actor: Actor, conversation: Conversation, _: None) -> None:
    actions.keep_apart(actor, conversation)


# In this order: a team before who of it answers, a status last, because closing ends the rest.
_STEPS: dict[str, Step] = {
    "subject": actions.set_subject,
    "priority": actions.set_priority,
    "team": _team,
    "assignee": _assignee,
    "tags": _tags,
    "fields": actions.change_fields,
    "due_at": actions.set_due,
    "snoozed_until": _snooze,
    "suggested": _apart,
    "status": actions.set_status,
}
