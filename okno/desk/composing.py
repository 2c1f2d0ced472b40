"""Reads of writing: ready texts, drafts, letters aside, colleagues to call."""

from itertools import islice

from django.db.models import Q, QuerySet, prefetch_related_objects
from django.db.models.functions import Lower

from okno.access import queries as access
from okno.access.models import Agent
from okno.access.policy import NotVisible, can, person
from okno.access.queries import team_ids
from okno.desk import queries, threads
from okno.desk.models import Channel, Conversation, Mention, Message, SavedReply
from okno.desk.rules import place_of, sees
from okno.kit.text import folded
from okno.spine import Actor

MOST_ASIDE = 200
# Told at once.
MOST_MENTIONS = 20
# SQLite takes 32,766 values in one statement.
MOST_FOUND = 10_000


def saved_replies(actor: Actor, text: str = "") -> QuerySet[SavedReply]:
    """Ready texts the actor may use, most used first; `text` is looked for in name and words."""
    found = SavedReply.objects.select_related("team", "owner").filter(removed_at=None)
    who = person(actor)
    if not can(actor, "saved_reply.list"):
        return found.none()
    if isinstance(who, Agent):
        teams = Q() if who.sees_all else Q(team=None) | Q(team__in=team_ids(who))
        found = found.filter(teams & (Q(owner=None) | Q(owner=who)))
    if asked := [folded(word) for word in text.split()[:8]]:
        known = found.values_list("pk", "name", "text")
        said = ((pk, folded(f"{name}\n{words}")) for pk, name, words in known)
        fitting = [pk for pk, words in said if all(word in words for word in asked)]
        found = found.filter(pk__in=fitting[:MOST_FOUND])
    return found.order_by("-used_count", Lower("name"), "id")


def saved_reply(actor: Actor, saved_id: int, *, is_removed: bool = False) -> SavedReply:
    """One ready text; raises NotVisible. `is_removed` finds those that were put away."""
    rows = SavedReply.objects.select_related("team", "owner")
    found = rows.filter(pk=saved_id, removed_at__isnull=not is_removed).first()
    if found is None or not can(actor, "saved_reply.view", found):
        raise NotVisible("saved reply")
    return found


def thread(
    actor: Actor, found: Conversation, *, after: int = 0, limit: int | None = None
) -> list[Message]:
    """Messages of a conversation in order, letters aside among them for those who read notes."""
    if not can(actor, "note.view", found):
        return queries.messages(found, after=after, limit=limit)
    return threads.messages(found, after=after, limit=limit, with_asides=True)


def forwarding_channel(actor: Actor, found: Conversation) -> Channel | None:
    """The channel a letter to somebody outside leaves by: its own when it can begin one."""
    own = found.channel
    if own.abilities.can_start and own.is_active:
        return own
    able = [c for c in queries.channels(actor) if c.abilities.can_start and c.is_active]
    return next((c for c in able if c.team_id == found.team_id), able[0] if able else None)


def callable_agents(actor: Actor, found: Conversation, text: str = "") -> list[Agent]:
    """Colleagues who may see a conversation, to be called by a note."""
    wanted = folded(text[:80])
    me = person(actor)
    place = place_of(found)
    rows = [a for a in access.agents(actor) if a.is_working and wanted in folded(a.name)]
    prefetch_related_objects(rows, "teams")
    return [a for a in rows if a != me and sees(a, place)][:8]


def new_mentions(actor: Actor) -> list[Mention]:
    """Where the actor was called and has not been told yet, of what they still may see: the oldest
    ones, and the next when these are seen."""
    who = person(actor)
    if not isinstance(who, Agent):
        return []
    rows = Mention.objects.filter(agent=who, seen_at=None).select_related(
        "note__agent", "note__conversation__requester"
    )
    found = (m for m in rows.order_by("pk") if sees(who, place_of(m.note.conversation)))
    return list(islice(found, MOST_MENTIONS))
