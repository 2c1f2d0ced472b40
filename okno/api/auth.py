"""Bearer tokens (RFC 6750), in the header only: there is no session here, so nothing to forge."""

import re
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from ninja.errors import AuthenticationError
from ninja.security import HttpBearer

from okno.access import limits
from okno.access.actors import Token
from okno.access.queries import agent_of, token_actor
from okno.api.errors import TooMany

View = Callable[..., Any]
# Wrong tokens of one network: (times, within seconds).
REFUSED = ((120, 60),)
_FORM = re.compile(r"okno_[A-Za-z0-9_-]{16,80}")


class Request(HttpRequest):
    """A request whose token was checked."""

    auth: Token


class Bearer(HttpBearer):
    """`Authorization: Bearer okno_...`; anything else is answered with 401."""

    def authenticate(self, request: HttpRequest, token: str) -> Token | None:
        """The actor; raises TooMany for a token, or a network without one, that asks too often."""
        found = token_actor(token) if _FORM.fullmatch(token) else None
        if found is None:
            wait = limits.wait_for("api-refused", limits.network_of(request), REFUSED)
        else:
            wait = limits.wait_for("api", str(found.token_id), _allowed())
        if wait:
            raise TooMany(wait)
        return found


def known(view: View) -> View:
    """Open what describes the API to tokens and to signed-in agents: to nobody else it says what
    there is, and in which version."""

    @wraps(view)
    def enter(request: HttpRequest, *args: Any, **more: Any) -> Any:
        user = request.user
        is_agent = user.is_authenticated and agent_of(user) is not None
        if not is_agent and Bearer()(request) is None:
            raise AuthenticationError
        return view(request, *args, **more)

    return enter


def _allowed() -> limits.Limits:
    most = settings.ENV["OKNO_API_PER_MINUTE"]
    return ((most, 60),) if most else ()
