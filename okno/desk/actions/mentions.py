"""Colleagues called into a conversation by `@Name` in a note."""

from okno.access import queries as access
from okno.access.models import Agent
from okno.access.policy import person
from okno.desk.events import AgentMentioned
from okno.desk.models import Follower, Mention, Note
from okno.desk.rules import place_of, sees
from okno.kit import clock
from okno.kit.text import folded
from okno.spine import SYSTEM, Actor, record


def call(note: Note) -> None:
    """Remember and tell whom a note names, of those who may see it; they follow from now on."""
    for agent in named_in(note.text, note.agent_id):
        if not sees(agent, place_of(note.conversation)):
            continue
        _, made = Mention.objects.get_or_create(note=note, agent=agent)
        if made:
            Follower.objects.get_or_create(conversation=note.conversation, agent=agent)
            record(AgentMentioned(agent.pk, note.conversation_id, note.pk))


def named_in(text: str, writer_id: int | None = None) -> list[Agent]:
    """Working agents whose whole name stands after an @, in any case and with ё or е; the longest
    name wins."""
    if "@" not in text:
        return []
    rest, found = folded(text), []
    for agent in sorted(access.agents(SYSTEM), key=lambda a: -len(a.name)):
        call_sign = f"@{folded(agent.name)}"
        if agent.is_working and agent.name and call_sign in rest:
            rest = rest.replace(call_sign, " ")
            if agent.pk != writer_id:
                found.append(agent)
    return found


def see_mentions(actor: Actor, up_to: Mention) -> None:
    """The actor has been told of what is new, up to one mention; what came later is told next."""
    who = person(actor)
    if isinstance(who, Agent):
        new = Mention.objects.filter(agent=who, seen_at=None, pk__lte=up_to.pk)
        new.update(seen_at=clock.now())
