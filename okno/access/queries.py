"""Reads of agents, teams and tokens."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any

from django.db.models import QuerySet

from okno.access.actors import Token
from okno.access.models import Agent, ApiToken, Team, User
from okno.access.policy import NotVisible, can, person
from okno.kit import clock, crypto
from okno.kit.numbers import identifier
from okno.kit.text import in_order
from okno.spine import Actor, rows, statements


def agent_of(user: User) -> Agent | None:
    """The working agent who signs in as `user`, with teams at hand."""
    agent = rows.one(Agent, ("user",), user_id=user.pk)
    return agent if agent is not None and agent.is_working else None


def agent_of_session(user_id: str | None) -> Agent | None:
    """The working agent whose user id a session holds, with their teams read."""
    number = identifier(user_id)
    agent = rows.one(Agent, ("user",), user_id=number) if number is not None else None
    agent = agent if agent is not None and agent.is_working else None
    if agent is not None:
        team_ids(agent)
    return agent


def team_ids(agent: Agent) -> frozenset[int]:
    """The teams of an agent, read once per object."""
    cached: frozenset[int] | None = agent.__dict__.get("_team_ids")
    if cached is None:
        links = rows.read(Agent.teams.through, agent_id=agent.pk)
        cached = frozenset(link.team_id for link in links)
        agent.__dict__["_team_ids"] = cached
    return cached


def is_teamless(agent: Agent) -> bool:
    """Whether there are teams whose work this agent does not see, being in none."""
    return not agent.sees_all and not team_ids(agent) and Team.objects.exists()


def token_actor(text: str) -> Token | None:
    """The actor behind a bearer token; None when unknown, expired, revoked or its agent is off."""
    if not text.startswith("okno_") or not text.isascii():
        return None
    row = rows.one(ApiToken, prefix=text[:12])
    if row is None or row.digest != crypto.digest(text) or row.revoked_at is not None:
        return None
    row.agent = rows.read(Agent, ("user",), id=row.agent_id)[0]
    if row.expires_at is not None and row.expires_at <= clock.now():
        return None
    if not row.agent.is_working:
        return None
    return Token(row.agent, tuple(row.scopes), row.pk)


def agents(actor: Actor) -> QuerySet[Agent]:
    """Agents the actor may see, by name."""
    found = Agent.objects.select_related("user").order_by("name", "pk")
    return found if can(actor, "agent.view") else found.none()


def teams(actor: Actor) -> QuerySet[Team]:
    """Teams the actor may see, by name."""
    found = Team.objects.order_by("name", "pk")
    return found if can(actor, "agent.view") else found.none()


def names(actor: Actor) -> tuple[dict[int, str], dict[int, str]]:
    """Names of the agents and of the teams the actor may see, by id, in the order of names."""
    if not can(actor, "agent.view"):
        return {}, {}
    return (
        _in_order(statements.lists(_agent_names)),
        _in_order(statements.lists(_team_names)),
    )


def _in_order(named: Iterable[Sequence[Any]]) -> dict[int, str]:
    return {pk: name for pk, name in sorted(named, key=lambda row: (*in_order(row[1]), row[0]))}


def _agent_names() -> QuerySet[Any, Any]:
    return Agent.objects.values_list("pk", "name")


def _team_names() -> QuerySet[Any, Any]:
    return Team.objects.values_list("pk", "name")


def is_installed() -> bool:
    """Whether the first administrator exists."""
    return Agent.objects.exists()


def agent(actor: Actor, agent_id: int) -> Agent:
    """One agent; raises NotVisible."""
    found = agents(actor).filter(pk=agent_id).first()
    if found is None:
        raise NotVisible("agent")
    return found


def pictures(actor: Actor, ids: Collection[int]) -> dict[int, str]:
    """Names of the pictures of these agents, of those who have one."""
    if not ids:
        return {}
    found = agents(actor).filter(pk__in=ids).exclude(picture="")
    return dict(found.values_list("pk", "picture"))


def pictured(actor: Actor, picture: str) -> Agent:
    """The agent whose picture has this name now; raises NotVisible."""
    found = agents(actor).filter(picture=picture).first() if picture else None
    if found is None:
        raise NotVisible("picture")
    return found


def team(actor: Actor, team_id: int) -> Team:
    """One team; raises NotVisible."""
    found = teams(actor).filter(pk=team_id).first()
    if found is None:
        raise NotVisible("team")
    return found


def tokens(actor: Actor) -> QuerySet[ApiToken]:
    """Live tokens: everyone's for who may manage them, else one's own; newest first."""
    found = ApiToken.objects.select_related("agent").filter(revoked_at=None).order_by("-pk")
    if can(actor, "token.manage"):
        return found
    who = person(actor)
    return found.filter(agent=who) if isinstance(who, Agent) else found.none()


def own_tokens(agent: Agent) -> list[ApiToken]:
    """An agent's live tokens, newest first."""
    return [found for found in tokens(agent) if found.agent_id == agent.pk]


def token(actor: Actor, token_id: int) -> ApiToken:
    """One live token; raises NotVisible."""
    found = tokens(actor).filter(pk=token_id).first()
    if found is None:
        raise NotVisible("token")
    return found
