"""Participants outside, followers inside."""

from okno.access.models import Agent
from okno.access.policy import Forbidden, authorize
from okno.contacts.actions import find_or_create
from okno.desk.contract import Person
from okno.desk.events import (
    FollowerAdded,
    FollowerRemoved,
    ParticipantAdded,
    ParticipantConfirmed,
    ParticipantRemoved,
)
from okno.desk.models import Conversation, Follower, Participant
from okno.desk.rules import place_of, sees
from okno.spine import Actor, record, verb


@verb
def add_participant(actor: Actor, conversation: Conversation, who: Person) -> Participant:
    """Put someone in copy of later replies; `who.address` is canonical already."""
    authorize(actor, "conversation.change", conversation)
    kind = conversation.channel.abilities.identity_kind
    identity = find_or_create(actor, kind, who.address, who.name)
    participant, made = Participant.objects.get_or_create(
        conversation=conversation, identity=identity, defaults={"is_confirmed": True}
    )
    if made:
        record(ParticipantAdded(conversation.pk, participant.pk, True))
    elif not participant.is_confirmed:
        confirm_participant(actor, participant)
    return participant


@verb
def confirm_participant(actor: Actor, participant: Participant) -> None:
    """Let someone whom a client put in copy, or a new sender, take part from now on."""
    authorize(actor, "conversation.change", participant.conversation)
    row = Participant.objects.filter(pk=participant.pk, is_confirmed=False)
    if row.update(is_confirmed=True):
        record(ParticipantConfirmed(participant.conversation_id, participant.pk))


@verb
def remove_participant(actor: Actor, participant: Participant) -> None:
    """Take someone out of copy."""
    authorize(actor, "conversation.change", participant.conversation)
    gone, _ = Participant.objects.filter(pk=participant.pk).delete()
    if gone:
        record(ParticipantRemoved(participant.conversation_id, participant.identity_id))


@verb
def follow(actor: Actor, conversation: Conversation, agent: Agent) -> None:
    """Let an agent watch; raises Forbidden for one who may not see the conversation."""
    authorize(actor, "conversation.note", conversation)
    if not sees(agent, place_of(conversation)):
        raise Forbidden("this agent may not see the conversation")
    _, made = Follower.objects.get_or_create(conversation=conversation, agent=agent)
    if made:
        record(FollowerAdded(conversation.pk, agent.pk))


@verb
def unfollow(actor: Actor, conversation: Conversation, agent: Agent) -> None:
    """Stop watching."""
    authorize(actor, "conversation.note", conversation)
    gone, _ = Follower.objects.filter(conversation=conversation, agent=agent).delete()
    if gone:
        record(FollowerRemoved(conversation.pk, agent.pk))
