"""Bearer tokens (RFC 6750), in the header only: there is no session here, so nothing to forge."""

import re

from django.http import HttpRequest
from ninja.security import HttpBearer

from okno.access.actors import Token
from okno.access.queries import token_actor

_FORM = re.compile(r"okno_[A-Za-z0-9_-]{16,80}")


class Request(HttpRequest):
    """A request whose token was checked."""

    auth: Token


class Bearer(HttpBearer):
    """`Authorization: Bearer okno_...`; anything else is answered with 401."""

    def authenticate(self, request: HttpRequest, token: str) -> Token | None:
        return token_actor(token) if _FORM.fullmatch(token) else None
