"""Verbs over second factors: codes of an app (RFC 6238), passkeys (WebAuthn), recovery codes."""

from typing import Any

from allauth.mfa.models import Authenticator
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.totp.internal.auth import TOTP, validate_totp_code
from allauth.mfa.webauthn.internal.auth import WebAuthn

from okno.access.events import FactorAdded, FactorRemoved
from okno.access.models import Agent, User
from okno.access.policy import authorize
from okno.kit import crypto
from okno.spine import Actor, record, verb

CODES = Authenticator.Type.RECOVERY_CODES
MOST_PASSKEYS = 10


@verb
def add_app(actor: Actor, agent: Agent, secret: str, code: str) -> list[str]:
    """Ask for codes of an app from now on; returns new recovery codes, [] when there are some.

    Raises ValueError for a wrong code, or when an app is connected already.
    """
    user = _user(actor, agent)
    if _rows(user, Authenticator.Type.TOTP).exists():
        raise ValueError("an app is connected already: remove it first")
    if not validate_totp_code(secret, code.replace(" ", "")):
        raise ValueError("this is not the code of this minute: check the clock of your phone")
    TOTP.activate(user, secret)
    record(FactorAdded(agent.pk, "app"))
    return _first_codes(user)


@verb
def add_passkey(actor: Actor, agent: Agent, name: str, credential: dict[str, Any]) -> list[str]:
    """Keep a passkey whose registration was verified; returns new recovery codes as `add_app`."""
    user = _user(actor, agent)
    if _rows(user, Authenticator.Type.WEBAUTHN).count() >= MOST_PASSKEYS:
        raise ValueError("ten passkeys are the most: remove one first")
    WebAuthn.add(user, name[:80], credential)
    record(FactorAdded(agent.pk, "passkey"))
    return _first_codes(user)


@verb
def remove_factor(actor: Actor, agent: Agent, factor_id: int) -> None:
    """Remove one factor; with the last one the recovery codes go too. Raises LookupError."""
    user = _user(actor, agent)
    row = _rows(user).exclude(type=CODES).filter(pk=factor_id).first()
    if row is None:
        raise LookupError("factor")
    kind = "app" if row.type == Authenticator.Type.TOTP else "passkey"
    row.delete()
    if not _rows(user).exclude(type=CODES).exists():
        _rows(user).delete()
    record(FactorRemoved(agent.pk, kind))


@verb
def new_codes(actor: Actor, agent: Agent) -> list[str]:
    """Fresh recovery codes; the old ones stop working. Raises ValueError without a factor."""
    user = _user(actor, agent)
    if not _rows(user).exclude(type=CODES).exists():
        raise ValueError("recovery codes stand in for a second factor: add one first")
    _rows(user, CODES).delete()
    record(FactorAdded(agent.pk, "codes"))
    return _first_codes(user)


@verb
def drop_factors(actor: Actor, agent: Agent) -> None:
    """Remove all factors of an agent who has lost them: an administrator vouches for the person."""
    authorize(actor, "agent.manage")
    if agent.user is not None and _rows(agent.user).exists():
        _rows(agent.user).delete()
        record(FactorRemoved(agent.pk, "all"))


def reseal_factors() -> int:
    """Seal the secrets of all factors with the present key; how many rows changed. Nothing that
    anybody sees changes, so it is no event."""
    count = 0
    for row in Authenticator.objects.order_by("pk"):
        if (data := _resealed(row.data)) != row.data:
            Authenticator.objects.filter(pk=row.pk).update(data=data)
            count += 1
    return count


def _resealed(value: Any) -> Any:
    """allauth seals some of the values, by kind of factor; the others open with no key."""
    if isinstance(value, dict):
        return {name: _resealed(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_resealed(part) for part in value]
    try:
        return crypto.reseal(value) if isinstance(value, str) else value
    except crypto.Tampered:
        return value


def _user(actor: Actor, agent: Agent) -> User:
    authorize(actor, "access.change_own", agent)
    if agent.user is None:
        raise ValueError("this agent has no sign-in")
    return User.objects.select_for_update().get(pk=agent.user.pk)


def _rows(user: User, kind: str = "") -> Any:
    found = Authenticator.objects.filter(user=user)
    return found.filter(type=kind) if kind else found


def _first_codes(user: User) -> list[str]:
    if _rows(user, CODES).exists():
        return []
    codes: list[str] = RecoveryCodes.activate(user).get_unused_codes()
    return codes
