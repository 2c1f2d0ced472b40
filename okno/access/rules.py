"""Permissions over agents, teams and tokens."""

from typing import Any

from okno.access.models import ApiToken, Role
from okno.access.policy import Verdict, agent_only, rule


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
