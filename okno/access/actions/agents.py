"""Verbs over agents: who works here, with which role and teams."""

from collections.abc import Sequence

from okno.access.actions.doors import end_sessions
from okno.access.events import AgentChanged, AgentCreated, OwnSettingsChanged
from okno.access.models import Agent, Role, Team, User
from okno.access.policy import authorize
from okno.spine import Actor, record, verb

_OWN = ("name", "language", "timezone", "signature", "theme", "notices", "has_keys")


@verb
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
    _refuse_unknown(role)
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


def _refuse_unknown(role: str) -> None:
    if role not in Role.values:
        raise ValueError(f"unknown role {role!r}; use one of {', '.join(Role.values)}")


@verb
def change_agent(
    actor: Actor,
    agent: Agent,
    *,
    name: str | None = None,
    role: str | None = None,
    teams: Sequence[Team] | None = None,
    is_active: bool | None = None,
) -> Agent:
    """Change name, role, teams or activity; raises ValueError when no active admin would be left.

    Who is switched off is signed out everywhere at once.
    """
    authorize(actor, "agent.manage")
    if role is not None:
        _refuse_unknown(role)
    agent = Agent.objects.select_for_update().get(pk=agent.pk)
    agent.name = (name or "").strip()[:120] or agent.name
    agent.role = role or agent.role
    agent.is_active = agent.is_active if is_active is None else is_active
    agent.save(update_fields=["name", "role", "is_active"])
    if not Agent.objects.filter(role=Role.ADMIN, is_active=True).exists():
        raise ValueError("one active administrator must remain")
    if teams is not None:
        agent.teams.set(teams)
    if not agent.is_active and agent.user is not None:
        end_sessions(agent.user)
    ids = list(agent.teams.values_list("pk", flat=True))
    record(AgentChanged(agent.pk, agent.role, agent.is_active, ids))
    return agent


@verb
def change_own(actor: Actor, /, agent: Agent, **values: object) -> Agent:
    """Change what is an agent's own: name, language, time zone, signature, theme, notices, keys.

    Raises ValueError for anything else.
    """
    authorize(actor, "access.change_own", agent)
    if unknown := set(values) - set(_OWN):
        raise ValueError(f"cannot change {', '.join(sorted(unknown))}")
    agent = Agent.objects.select_for_update().get(pk=agent.pk)
    changed = sorted(name for name, value in values.items() if getattr(agent, name) != value)
    for name in changed:
        setattr(agent, name, values[name])
    if changed:
        agent.save(update_fields=changed)
        record(OwnSettingsChanged(agent.pk, changed))
    return agent
