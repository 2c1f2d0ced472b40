"""The one policy: may this actor do that to this object?

Rules are declared by the floors that own the nouns; every door asks here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from okno.access.actors import Token
from okno.access.models import Agent, Role
from okno.kit.not_visible import NotVisible as NotVisible
from okno.kit.registry import Registry
from okno.spine import Actor, System


@dataclass(frozen=True)
class Allowed:
    """Yes."""

    def __bool__(self) -> bool:
        return True


@dataclass(frozen=True)
class Denied:
    """No, with the reason in plain words."""

    reason: str

    def __bool__(self) -> bool:
        return False


Verdict = Allowed | Denied
ALLOWED = Allowed()


class Forbidden(PermissionError):
    """The actor may see the object but not do this; carries the reason."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Rule:
    """One permission: its test, and the token scope a program needs for it."""

    name: str
    scope: str
    test: Callable[[Any, Any], Verdict]


rules: Registry[Rule] = Registry("permission")
Test = Callable[[Any, Any], Verdict]


def rule(name: str, *, scope: str) -> Callable[[Test], Test]:
    """Declare the test of a permission: `test(actor, obj) -> Allowed | Denied`.

    The actor it gets is an Agent or a Contact; System is always allowed and a Token is unwrapped
    to its agent after its scope was checked.
    """

    def declare(test: Test) -> Test:
        rules.add(name, Rule(name, scope, test))
        return test

    return declare


def can(actor: Actor, permission: str, obj: Any = None) -> Verdict:
    """Whether `actor` may do `permission` to `obj`; raises Unknown for an undeclared one."""
    found = rules.get(permission)
    if isinstance(actor, System):
        return ALLOWED
    if isinstance(actor, Token):
        if not actor.allows(found.scope):
            return Denied(f"this token lacks the scope {found.scope!r}")
        actor = actor.agent
    if isinstance(actor, Agent) and not actor.is_working:
        return Denied("this agent is not active")
    return found.test(actor, obj)


def authorize(actor: Actor, permission: str, obj: Any = None) -> None:
    """Raise Forbidden unless `can`."""
    verdict = can(actor, permission, obj)
    if isinstance(verdict, Denied):
        raise Forbidden(verdict.reason)


def person(actor: Actor) -> Actor:
    """The agent behind a token; anyone else is themselves."""
    return actor.agent if isinstance(actor, Token) else actor


def agent_only(actor: Any, *roles: Role) -> Verdict:
    """A common test: an agent, of one of the roles when any are named."""
    if not isinstance(actor, Agent):
        return Denied("only agents may do this")
    if roles and actor.role not in roles:
        return Denied("this needs the role " + ", ".join(roles))
    return ALLOWED
