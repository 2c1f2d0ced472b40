"""Permissions over contacts."""

from typing import Any

from okno.access.models import Role
from okno.access.policy import Verdict, agent_only, rule


@rule("contact.view", scope="read")
def view(actor: Any, _: Any) -> Verdict:
    return agent_only(actor)


@rule("contact.edit", scope="write")
def edit(actor: Any, _: Any) -> Verdict:
    return agent_only(actor, Role.ADMIN, Role.SUPERVISOR, Role.AGENT)
