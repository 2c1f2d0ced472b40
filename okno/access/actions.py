"""Verbs over users, agents, teams and tokens."""

from collections.abc import Sequence
from datetime import datetime

from okno.access.actors import SCOPES
from okno.access.events import AgentChanged, AgentCreated, TeamCreated, TokenCreated, TokenRevoked
from okno.access.models import Agent, ApiToken, Role, Team, User
from okno.access.policy import authorize
from okno.kit import clock, crypto
from okno.spine import Actor, record


def create_team(actor: Actor, name: str) -> Team:
    """A new team; raises ValueError for an empty or taken name."""
    name = " ".join(name.split())
    authorize(actor, "team.manage")
    if not name:
        raise ValueError("a team needs a name")
    if Team.objects.filter(name__iexact=name).exists():
        raise ValueError(f"there is a team {name!r} already")
    team = Team.objects.create(name=name)
    record(TeamCreated(team.pk))
    return team


def create_agent(
    actor: Actor,
    email: str,
    name: str,
    *,
    password: str | None = None,
    role: str = Role.AGENT,
    teams: Sequence[Team] = (),
    language: str = "en",
) -> Agent:
    """A new agent with a sign-in; raises ValueError for a taken address or an unknown role."""
    authorize(actor, "agent.manage")
    if role not in Role.values:
        raise ValueError(f"unknown role {role!r}; use one of {', '.join(Role.values)}")
    if User.objects.filter(email=email.strip().lower()).exists():
        raise ValueError("this address signs in already")
    user = User(email=email.strip().lower())
    # Without a password nobody can sign in as them yet.
    user.set_password(password)
    user.save()
    agent = Agent.objects.create(
        user=user, name=name.strip() or email, role=role, language=language
    )
    agent.teams.set(teams)
    record(AgentCreated(agent.pk, role))
    return agent


def change_agent(
    actor: Actor,
    agent: Agent,
    *,
    role: str | None = None,
    teams: Sequence[Team] | None = None,
    is_active: bool | None = None,
) -> Agent:
    """Change role, teams or activity; raises ValueError when no active admin would be left."""
    authorize(actor, "agent.manage")
    if role is not None and role not in Role.values:
        raise ValueError(f"unknown role {role!r}; use one of {', '.join(Role.values)}")
    agent = Agent.objects.select_for_update().get(pk=agent.pk)
    agent.role = role or agent.role
    agent.is_active = agent.is_active if is_active is None else is_active
    agent.save(update_fields=["role", "is_active"])
    if not Agent.objects.filter(role=Role.ADMIN, is_active=True).exists():
        raise ValueError("one active administrator must remain")
    if teams is not None:
        agent.teams.set(teams)
    ids = list(agent.teams.values_list("pk", flat=True))
    record(AgentChanged(agent.pk, agent.role, agent.is_active, ids))
    return agent


def create_token(
    actor: Actor,
    agent: Agent,
    *,
    name: str = "",
    scopes: Sequence[str] = ("read", "write"),
    expires_at: datetime | None = None,
) -> tuple[ApiToken, str]:
    """A new token and its text, which is shown this once; raises ValueError for a bad scope."""
    token = ApiToken(agent=agent, name=name, scopes=list(scopes), expires_at=expires_at)
    authorize(actor, "token.manage", token)
    if not scopes or set(scopes) - set(SCOPES):
        raise ValueError(f"scopes are {', '.join(SCOPES)}")
    text = "okno_" + crypto.new_token()
    token.prefix, token.digest = text[:12], crypto.digest(text)
    token.save()
    record(TokenCreated(token.pk, agent.pk))
    return token, text


def revoke_token(actor: Actor, token: ApiToken) -> None:
    """End a token at once."""
    authorize(actor, "token.manage", token)
    ApiToken.objects.filter(pk=token.pk).update(revoked_at=clock.now())
    record(TokenRevoked(token.pk, token.agent_id))
