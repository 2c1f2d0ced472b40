"""A conversation as one scroll: messages, notes and what happened between them, by day."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from uuid import uuid4

from django.utils import timezone

from okno.access import queries as access
from okno.access.models import Agent
from okno.access.policy import can
from okno.channels.contract import adapters
from okno.channels.queries import originals
from okno.console import phrases, when
from okno.console.answering import ways
from okno.console.company import present
from okno.console.phrases import Names
from okno.console.visit import their_language, their_time, visit_of
from okno.contacts.queries import known_identities
from okno.desk import catalogue, composing, queries, seen, threads
from okno.desk.models import Conversation, Direction, Message, Note, Priority, Status
from okno.spine.models import Event


@dataclass
class Line:
    """One event in words."""

    text: str
    icon: str
    who: str
    at: datetime


@dataclass
class Entry:
    """One entry of the scroll: a message, a note, or the events between two of them."""

    at: datetime
    message: Message | None = None
    note: Note | None = None
    events: list[Line] = field(default_factory=list)


@dataclass
class Day:
    """All of one date in the agent's zone."""

    title: str
    entries: list[Entry]


def scroll(messages: list[Message], notes: list[Note], lines: list[Line]) -> list[Day]:
    """Everything in the order in which it happened."""
    found = [Entry(m.created_at, message=m) for m in messages]
    found += [Entry(n.created_at, note=n) for n in notes]
    found += [Entry(line.at, events=[line]) for line in lines]
    days: list[Day] = []
    shown = None
    for entry in _folded(sorted(found, key=lambda e: e.at)):
        on = _day_of(entry)
        if on != shown:
            days.append(Day(when.day(on), []))
            shown = on
        days[-1].entries.append(entry)
    return days


def _folded(entries: Iterable[Entry]) -> list[Entry]:
    """Neighbouring events as one entry, unless midnight lies between them."""
    done: list[Entry] = []
    for entry in entries:
        last = done[-1] if done else None
        if last and last.events and entry.events and _day_of(last) == _day_of(entry):
            last.events += entry.events
        else:
            done.append(entry)
    return done


def _day_of(entry: Entry) -> date:
    return timezone.localtime(entry.at).date()


def lines_of(events: list[Event], names: Names) -> list[Line]:
    """The events worth a line, in words."""
    spoken = {event.at for event in events if event.name in ("message.received", "message.queued")}
    return [
        Line(
            phrases.sentence(event, names),
            phrases.ICONS.get(event.name, "info"),
            names.agents.get(event.actor_id or 0, "") if event.actor_type == "agent" else "",
            event.at,
        )
        for event in events
        if event.name not in phrases.SHOWN_ANYWAY and not (event.at in spoken and _is_turn(event))
    ]


def _is_turn(event: Event) -> bool:
    """Whose turn it is: each message of a chat says so, a line under each would drown them."""
    return event.name == "status.changed" and event.data["after"] in (Status.OPEN, Status.PENDING)


def names_of(actor: Agent, events: list[Event]) -> Names:
    """Names for all ids in these events, asked for once."""
    tag_ids = {e.data["tag"] for e in events if "tag" in e.data}
    tags = queries.tags(actor).filter(pk__in=tag_ids).values_list("pk", "name") if tag_ids else []
    agents, teams = access.names(actor)
    return Names(agents=agents, teams=teams, tags=dict(tags))


def opened(actor: Agent, found: Conversation, most: int | None = None) -> dict[str, Any]:
    """What the pages of one conversation show, except its composer; of its events the newest
    `most`, in whole portions."""
    messages = composing.thread(actor, found)
    most = threads.EVENTS * max(1, -(-(most or 0) // threads.EVENTS))
    events, has_earlier = threads.timeline(found, most)
    names = names_of(actor, events)
    return {
        "conversation": found,
        "events_shown": most if most > threads.EVENTS else 0,
        "events_next": most + threads.EVENTS if has_earlier else 0,
        "days": scroll(messages, queries.notes(actor, found), lines_of(events, names)),
        "unseen": seen.marks(actor, [found.pk]).get(found.pk, seen.Mark()).unseen,
        "originals": originals(messages),
        "newest": max((m.pk for m in messages), default=0),
        "newest_answer": _answered_by_others(actor, messages),
        "channel": found.channel,
        "may_change": bool(can(actor, "conversation.change", found)),
        "may_reply": bool(can(actor, "conversation.reply", found)),
        "may_forward": composing.forwarding_channel(actor, found) is not None,
        "moves": queries.moves(found),
        "belongs_to": queries.may_belong_to(actor, found),
        "belong_here": queries.may_belong_here(actor, found),
        "in_copy": queries.participants(found),
        **present(actor, found.pk),
        **choices(actor, found, names),
    }


def _answered_by_others(actor: Agent, messages: list[Message]) -> int:
    """The id of the newest answer of a colleague, 0 for none."""
    others = (m.pk for m in messages if m.direction == Direction.OUT and m.agent_id != actor.pk)
    return max(others, default=0)


def choices(actor: Agent, found: Conversation, names: Names) -> dict[str, Any]:
    """What the selects and menus of a conversation offer, and who the client is."""
    head = found.requester.merged_into or found.requester
    earlier = queries.earlier(actor, found)
    return {
        "agent_choices": list(names.agents.items()),
        "team_choices": list(names.teams.items()),
        "tags": catalogue.tags_of(found),
        "own_fields": catalogue.values(actor, found),
        "all_tags": catalogue.known_tags(actor),
        "status_choices": Status.choices,
        "priority_choices": Priority.choices,
        "abilities": found.channel.abilities,
        "ways": ways(found),
        "snooze_choices": when.snooze_choices(),
        "client": head,
        "identities": known_identities(head),
        "earlier": earlier.rows,
        "earlier_next": earlier.next,
        "visit": visit_of(found),
        "their_time": their_time(found, head),
        "their_language": their_language(found, head),
        "icon": adapters.get(found.channel.kind).icon,
    }


def new_key() -> str:
    """The id of a message that is about to be written: sent twice, it makes one message."""
    return uuid4().hex
