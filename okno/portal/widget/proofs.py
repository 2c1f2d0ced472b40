"""What a site says of its visitor: a JWT (RFC 7519) signed with a secret that we share."""

import re
from dataclasses import dataclass
from typing import Any

import jwt

from okno.kit import clock
from okno.kit.text import one_line

LONGEST_SECONDS = 3600
LEEWAY_SECONDS = 30
SHORTEST_SECRET = 32
_SUBJECT = re.compile(r"[^\x00-\x1f\x7f]{1,200}")
_ID = re.compile(r"[\x21-\x7e]{1,128}")
_EMAIL = re.compile(r"[^\s@\x00-\x1f]{1,64}@[^\s@\x00-\x1f]{1,255}")


@dataclass(frozen=True)
class Proof:
    """A good token: whom it names, its own id, and when it ends (Unix seconds)."""

    subject: str
    id: str
    until: int
    name: str
    email: str


def read(token: str, secret: str, audience: str) -> Proof | None:
    """The proof in a token, None when anything about it is wrong.

    HS256 only, whatever its header says (RFC 8725 section 3.1); `aud` is the channel's public key,
    `exp` at most an hour away, `sub` and `jti` are there.
    """
    if len(secret) < SHORTEST_SECRET or len(token) > 4000:
        return None
    try:
        claims = jwt.decode(
            token,
            secret,
            algorithms=["HS256"],
            audience=audience,
            leeway=LEEWAY_SECONDS,
            options={"require": ["sub", "exp", "aud", "jti"], "verify_exp": False,
                     "verify_iat": False, "verify_nbf": False},
        )  # fmt: skip
    except jwt.PyJWTError:
        return None
    return _proof(claims)


def _proof(claims: dict[str, Any]) -> Proof | None:
    # Times by our own clock; PyJWT would ask the system's.
    now = clock.now().timestamp()
    until, begins = claims["exp"], claims.get("nbf", 0)
    if not isinstance(until, int) or isinstance(until, bool) or not isinstance(begins, int | float):
        return None
    too_far = now + LONGEST_SECONDS + LEEWAY_SECONDS
    if not now - LEEWAY_SECONDS < until <= too_far or begins > now + LEEWAY_SECONDS:
        return None
    subject, jti = claims["sub"], claims["jti"]
    if not isinstance(subject, str) or not _SUBJECT.fullmatch(subject):
        return None
    if not isinstance(jti, str) or not _ID.fullmatch(jti):
        return None
    email = _text(claims, "email", 320)
    email = email if _EMAIL.fullmatch(email) else ""
    return Proof(subject, jti, until, _text(claims, "name", 160), email)


def _text(claims: dict[str, Any], name: str, limit: int) -> str:
    value = claims.get(name, "")
    if not isinstance(value, str):
        return ""
    return one_line(value, limit)
