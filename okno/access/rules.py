"""Permissions over agents, teams and tokens."""

from typing import Any

from okno.access.models import Agent, ApiToken, Role
from okno.access.policy import Denied, Verdict, agent_only, rule


@rule("agent.view", scope="read")
def view_agents(actor: Any, _: Any) -> Verdict:
    return agent_only(actor)


@rule("agent.manage", scope="admin")
def manage_agents(actor: Any, _: Any) -> Verdict:
    return agent_only(actor, Role.ADMIN)


@rule("team.manage", scope="admin")
def manage_teams(actor: Any, _: Any) -> Verdict:
    return agent_only(actor, Role.ADMIN)


@rule("token.manage", scope="admin")
def manage_tokens(actor: Any, token: ApiToken | None) -> Verdict:
    """One's own tokens, or anyone's for an administrator."""
    if token is not None and getattr(actor, "pk", None) == token.agent_id:
        return agent_only(actor)
    return agent_only(actor, Role.ADMIN)


@rule("access.change_own", scope="admin")
def change_own(actor: Any, agent: Agent) -> Verdict:
    """One's own name, words, password, factors and sessions: nobody else's, whatever the role."""
    if isinstance(actor, Agent) and agent is not None and actor.pk == agent.pk:
        return agent_only(actor)
    return Denied("this is somebody else's")
