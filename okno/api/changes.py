"""PATCH of a conversation: each named field is one action, all in the caller's unit."""

from okno.access.policy import authorize
from okno.api.schemas import ConversationPatch
from okno.automation.contract import bound
from okno.desk.actions.conversations import lock
from okno.desk.models import Conversation
from okno.spine import Actor

# In this order: a team before who of it answers, a status last, because closing ends the rest.
_ACTIONS = {
    "subject": "subject",
    "priority": "priority",
    "team": "team",
    "assignee": "assign",
    "tags": "tags",
    "fields": "fields",
    "due_at": "due",
    "snoozed_until": "snooze",
    "suggested": "apart",
    "status": "status",
}


def apply(actor: Actor, conversation: Conversation, patch: ConversationPatch) -> None:
    """Do what the patch names; raises Forbidden, Outdated, or ValueError for what does not fit."""
    authorize(actor, "conversation.change", conversation)
    lock(conversation, patch.version)
    for field, name in _ACTIONS.items():
        if field in patch.model_fields_set:
            bound(actor, name, getattr(patch, field))(conversation)
