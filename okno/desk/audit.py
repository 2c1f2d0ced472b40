"""The event log as administrators read it: who did what, when."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max, Min, Q

from okno.access.models import Agent, ApiToken
from okno.access.policy import authorize
from okno.spine import Actor
from okno.spine.models import Event

PAGE = 50


@dataclass(frozen=True)
class Entry:
    """One event, and the agent in whose name it happened, if any."""

    event: Event
    agent_id: int | None


@dataclass(frozen=True)
class Found:
    """One page of the log, newest first; `next` is "" at the end."""

    entries: list[Entry]
    next: str


def log(
    actor: Actor,
    *,
    agent_id: int | None = None,
    names: Sequence[str] = (),
    since: datetime | None = None,
    until: datetime | None = None,
    before: int | None = None,
) -> Found:
    """The newest events below position `before`, of a person, of some names, in a stretch of time.

    Raises Forbidden for who is no administrator.
    """
    authorize(actor, "event.view")
    rows = Event.objects.order_by("-id")
    if agent_id is not None:
        keys = ApiToken.objects.filter(agent_id=agent_id).values_list("pk", flat=True)
        mine = Q(actor_type="agent", actor_id=agent_id)
        rows = rows.filter(mine | Q(actor_type="token", actor_id__in=list(keys)))
    if names:
        rows = rows.filter(name__in=names)
    # Positions grow with time, so a date is two look-ups by key instead of a scan by time.
    if since is not None:
        rows = rows.filter(id__gte=_position(since))
    if until is not None:
        rows = rows.filter(id__lt=_position(until))
    if before is not None:
        rows = rows.filter(id__lt=before)
    found = list(rows[: PAGE + 1])
    more = len(found) > PAGE
    return Found(_named(found[:PAGE]), str(found[PAGE - 1].id) if more else "")


def _position(at: datetime) -> int:
    """The first position at or after an instant, by halving."""
    ends = Event.objects.aggregate(low=Min("id"), high=Max("id"))
    low, high = ends["low"] or 0, (ends["high"] or 0) + 1
    while low < high:
        middle = (low + high) // 2
        event = Event.objects.filter(id__gte=middle).order_by("id").only("id", "at").first()
        if event is None or event.at >= at:
            high = middle
        else:
            low = event.id + 1
    return low


def _named(events: list[Event]) -> list[Entry]:
    tokens = {e.actor_id for e in events if e.actor_type == "token" and e.actor_id is not None}
    owners = dict(ApiToken.objects.filter(pk__in=tokens).values_list("pk", "agent_id"))
    return [Entry(event, _agent_id(event, owners)) for event in events]


def _agent_id(event: Event, owners: dict[int, int]) -> int | None:
    if event.actor_type == "token":
        return owners.get(event.actor_id or 0)
    return event.actor_id if event.actor_type == "agent" else None


def people(actor: Actor) -> list[tuple[int, str]]:
    """Every agent there was, for the choice of a person."""
    authorize(actor, "event.view")
    return list(Agent.objects.order_by("name", "pk").values_list("pk", "name"))
