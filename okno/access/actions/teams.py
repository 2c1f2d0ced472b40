"""Verbs over teams."""

from okno.access.events import TeamChanged, TeamCreated, TeamDeleted
from okno.access.models import Team
from okno.access.policy import authorize
from okno.kit.text import of_that_name
from okno.spine import Actor, record, verb


def _free_name(name: str, but: int = 0) -> str:
    name = " ".join(name.split())
    if not name:
        raise ValueError("a team needs a name")
    names = Team.objects.order_by("pk").values_list("pk", "name")
    if of_that_name(names, name, but) is not None:
        raise ValueError(f"there is a team {name!r} already")
    return name


@verb
def create_team(actor: Actor, name: str) -> Team:
    """A new team; raises ValueError for an empty or taken name."""
    authorize(actor, "team.manage")
    team = Team.objects.create(name=_free_name(name))
    record(TeamCreated(team.pk))
    return team


@verb
def rename_team(actor: Actor, team: Team, name: str) -> Team:
    """Another name; raises ValueError for an empty or taken one."""
    authorize(actor, "team.manage")
    team.name = _free_name(name, team.pk)
    team.save(update_fields=["name"])
    record(TeamChanged(team.pk))
    return team


@verb
def delete_team(actor: Actor, team: Team) -> None:
    """Delete a team that has no agents; raises ValueError otherwise.

    What else hangs on it (conversations, channels) is asked by the floors that know those: see
    `desk.actions.close_team`.
    """
    authorize(actor, "team.manage")
    if team.agents.exists():
        raise ValueError("there are agents in this team: move them first")
    pk = team.pk
    team.delete()
    record(TeamDeleted(pk))
