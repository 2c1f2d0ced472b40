"""What every page knows."""

from typing import Any

from django.http import HttpRequest


def console(request: HttpRequest) -> dict[str, Any]:
    """The signed-in agent, if any."""
    return {"agent": getattr(request, "agent", None)}
