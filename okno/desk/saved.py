"""Reads of saved views and of the counts beside filters."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Q, QuerySet, Sum

from okno.access.models import Agent
from okno.access.policy import NotVisible, can, person
from okno.access.queries import team_ids
from okno.desk.buckets import MINE
from okno.desk.models import Tally, View
from okno.spine import Actor
from okno.spine.statements import lists, objects

# In the agent column: everybody's. In the team column: no team, which all see.
ALL = NO_TEAM = 0


def views(actor: Actor) -> QuerySet[View]:
    """The actor's own views and those shared with them, by name."""
    who = person(actor)
    if not can(actor, "view.view") or not isinstance(who, Agent):
        return View.objects.none()
    return _views_of(who)()


def shown(actor: Actor) -> list[View]:
    """The same as a list, for every page."""
    who = person(actor)
    if not can(actor, "view.view") or not isinstance(who, Agent):
        return []
    return objects(_views_of(who))


@dataclass(frozen=True)
class _Views:
    """The views of an agent: their own, and what is shared with these teams (None: with any)."""

    owner_id: int
    teams: frozenset[int] | None

    def __call__(self) -> QuerySet[View]:
        shared = Q(is_shared=True)
        if self.teams is not None:
            shared &= Q(team=None) | Q(team_id__in=self.teams)
        found = View.objects.filter(Q(owner_id=self.owner_id) | shared, removed_at=None)
        return found.order_by("name", "pk")


def _views_of(agent: Agent) -> _Views:
    return _Views(agent.pk, None if agent.sees_all else team_ids(agent))


def view(actor: Actor, view_id: int) -> View:
    """One saved view; raises NotVisible."""
    found = views(actor).filter(pk=view_id).first()
    if found is None:
        raise NotVisible("view")
    return found


def removed_view(actor: Actor, view_id: int) -> View:
    """A deleted view that the actor may bring back; raises NotVisible."""
    found = View.objects.exclude(removed_at=None).filter(pk=view_id).first()
    if found is None or not can(actor, "view.change", found):
        raise NotVisible("view")
    return found


def counts(actor: Actor) -> dict[str, int]:
    """How many conversations the actor sees in each bucket, by its key; none is left out.

    Sums the rows of the actor's teams, of no team, and what is theirs in other teams.
    """
    who = person(actor)
    if not can(actor, "view.view") or not isinstance(who, Agent):
        return {}
    rows = lists(_Counts(who.pk, None if who.sees_all else team_ids(who)))
    return {bucket: n for bucket, n in rows}


@dataclass(frozen=True)
class _Counts:
    """The counts for an agent of these teams (None: who sees all)."""

    agent_id: int
    teams: frozenset[int] | None

    def __call__(self) -> QuerySet[Any, Any]:
        all_of, own = Q(agent_id=ALL), Q(agent_id=self.agent_id)
        if self.teams is None:
            seen = all_of | own & Q(bucket=MINE)
        else:
            teams = [NO_TEAM, *self.teams]
            elsewhere = ~Q(team_id__in=teams) | Q(bucket=MINE)
            seen = all_of & Q(team_id__in=teams) | own & elsewhere
        rows = Tally.objects.filter(seen).values_list("bucket").annotate(Sum("n"))
        return rows.values_list("bucket", "n__sum")
