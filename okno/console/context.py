"""What every page knows."""

from typing import Any

from django.http import HttpRequest

from okno.access.policy import can


def console(request: HttpRequest) -> dict[str, Any]:
    """The signed-in agent, if any, and which doors to show them."""
    agent = getattr(request, "agent", None)
    if agent is None:
        return {"agent": None}
    return {
        "agent": agent,
        "may_see_stuck": bool(can(agent, "stuck.view")),
        "may_write": bool(can(agent, "conversation.open")),
    }
