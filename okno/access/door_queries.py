"""Reads of sessions, factors and the links that set a password."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from allauth.mfa.models import Authenticator
from django.db.models import QuerySet

from okno.access.models import Agent, PasswordLink, Session, User
from okno.access.policy import NotVisible, can
from okno.kit import clock, crypto
from okno.spine import Actor


def sessions(actor: Actor, agent: Agent) -> list[Session]:
    """An agent's own signed-in browsers, last used first."""
    if not can(actor, "access.change_own", agent):
        return []
    rows = Session.objects.filter(user=agent.user, expire_date__gt=clock.now())
    return list(rows.defer("session_data").order_by("-seen_at"))


@dataclass(frozen=True)
class Factor:
    """One second factor. `kind`: app or passkey."""

    id: int
    kind: str
    name: str
    added_at: datetime
    used_at: datetime | None


@dataclass(frozen=True)
class Factors:
    """All second factors of an agent, and how many recovery codes are left."""

    items: list[Factor]
    codes_left: int

    @property
    def has_app(self) -> bool:
        return any(item.kind == "app" for item in self.items)


def factors(actor: Actor, agent: Agent) -> Factors:
    """An agent's own second factors; no secrets."""
    items: list[Factor] = []
    codes = 0
    if not can(actor, "access.change_own", agent):
        return Factors(items, codes)
    for row in Authenticator.objects.filter(user=agent.user).order_by("pk"):
        if row.type == Authenticator.Type.RECOVERY_CODES:
            codes = len(row.wrap().get_unused_codes())
        else:
            items.append(_factor(row))
    return Factors(items, codes)


def _factor(row: Any) -> Factor:
    kind = "app" if row.type == Authenticator.Type.TOTP else "passkey"
    return Factor(row.pk, kind, row.data.get("name", ""), row.created_at, row.last_used_at)


def with_factors(actor: Actor) -> set[int]:
    """Ids of users who have a second factor, for administrators."""
    if not can(actor, "agent.manage"):
        return set()
    rows = Authenticator.objects.exclude(type=Authenticator.Type.RECOVERY_CODES)
    return set(rows.values_list("user_id", flat=True))


def invitations(actor: Actor) -> dict[int, PasswordLink]:
    """Open invitations by user, also those that ran out, for administrators."""
    if not can(actor, "agent.manage"):
        return {}
    rows = PasswordLink.objects.filter(purpose=PasswordLink.Purpose.INVITATION)
    return {row.user_id: row for row in rows}


def link(secret: str, purpose: str) -> tuple[PasswordLink, Agent]:
    """The live link behind a secret and whose it is; raises NotVisible for any other text."""
    rows: QuerySet[PasswordLink] = PasswordLink.objects.select_related("user")
    found = rows.filter(
        digest=crypto.digest(secret), purpose=purpose, expires_at__gt=clock.now()
    ).first()
    agent = Agent.objects.select_related("user").filter(user=found.user).first() if found else None
    if found is None or agent is None or not agent.is_working:
        raise NotVisible("link")
    return found, agent


def agent_by_address(email: str) -> Agent | None:
    """The working agent who signs in by this address."""
    user = User.objects.filter(email=email.strip().lower()).first()
    agent = Agent.objects.select_related("user").filter(user=user).first() if user else None
    return agent if agent is not None and agent.is_working else None
