"""Reads of saved views and of the counts beside filters."""

from django.db.models import Q, QuerySet, Sum

from okno.access.models import Agent
from okno.access.policy import NotVisible, can, person
from okno.access.queries import team_ids
from okno.desk.buckets import MINE
from okno.desk.models import Tally, View
from okno.spine import Actor

# In the agent column: everybody's. In the team column: no team, which all see.
ALL = NO_TEAM = 0


def views(actor: Actor) -> QuerySet[View]:
    """The actor's own views and those shared with them, by name."""
    found = View.objects.filter(removed_at=None).order_by("name", "pk")
    who = person(actor)
    if not can(actor, "view.view") or not isinstance(who, Agent):
        return found.none()
    shared = Q(is_shared=True)
    if not who.sees_all:
        shared &= Q(team=None) | Q(team_id__in=team_ids(who))
    return found.filter(Q(owner=who) | shared)


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
    all_of, own = Q(agent_id=ALL), Q(agent_id=who.pk)
    if who.sees_all:
        seen = all_of | own & Q(bucket=MINE)
    else:
        teams = [NO_TEAM, *team_ids(who)]
        elsewhere = ~Q(team_id__in=teams) | Q(bucket=MINE)
        seen = all_of & Q(team_id__in=teams) | own & elsewhere
    rows = Tally.objects.filter(seen).values_list("bucket").annotate(Sum("n"))
    return dict(rows.values_list("bucket", "n__sum"))
