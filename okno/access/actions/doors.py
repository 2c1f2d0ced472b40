"""Verbs over passwords, sessions and the links that set a password."""

from datetime import timedelta

from okno.access.actions.tokens import end_tokens
from okno.access.events import (
    AgentInvited,
    InvitationRevoked,
    PasswordChanged,
    SessionsEnded,
)
from okno.access.models import Agent, PasswordLink, Session, User
from okno.access.policy import authorize
from okno.kit import clock, crypto
from okno.spine import Actor, record, verb

RECOVERY_FOR = timedelta(minutes=60)
INVITATION_FOR = timedelta(hours=72)


@verb
def change_password(
    actor: Actor, agent: Agent, new: str, *, keep_session: str = "", keep_tokens: bool = False
) -> None:
    """Set an agent's own password; every session but `keep_session` ends, every link and API key
    too: who was at a stolen session may have made one (`keep_tokens`: they go on working).

    Raises ValueError for an agent who has no sign-in. The caller has asked for the present one.
    """
    authorize(actor, "access.change_own", agent)
    if agent.user is None:
        raise ValueError("this agent has no sign-in")
    _set(agent.user, new)
    end_sessions(agent.user, keep=keep_session)
    if not keep_tokens:
        end_tokens(agent)
    record(PasswordChanged(agent.pk))


def _set(user: User, new: str) -> None:
    user.set_password(new)
    user.save(update_fields=["password"])
    PasswordLink.objects.filter(user=user).delete()


def end_sessions(user: User, *, keep: str = "", only: str = "") -> int:
    """End a person's sessions, or `only` one; returns how many ended."""
    rows = Session.objects.filter(user=user).exclude(session_key=keep)
    ended, _ = (rows.filter(session_key=only) if only else rows).delete()
    return ended


@verb
def sign_out(
    actor: Actor, agent: Agent, *, keep: str = "", only: str = "", with_tokens: bool = False
) -> int:
    """End an agent's own sessions: all but `keep`, or `only` one; `with_tokens` their API keys too.

    Returns how many sessions ended.
    """
    authorize(actor, "access.change_own", agent)
    if with_tokens:
        end_tokens(agent)
    ended = end_sessions(agent.user, keep=keep, only=only) if agent.user else 0
    if ended:
        record(SessionsEnded(agent.pk, ended))
    return ended


@verb
def make_link(actor: Actor, agent: Agent, purpose: str) -> str:
    """The secret of a new link that sets the agent's password once; earlier ones of its purpose
    die. Anybody may ask for a recovery: an invitation stays good beside it (fault L1).

    Only its hash is kept (OWASP ASVS 6.4). Raises ValueError for an agent who has no sign-in.
    """
    if purpose == PasswordLink.Purpose.INVITATION:
        authorize(actor, "agent.manage")
    if agent.user is None:
        raise ValueError("this agent has no sign-in")
    lasts = INVITATION_FOR if purpose == PasswordLink.Purpose.INVITATION else RECOVERY_FOR
    PasswordLink.objects.filter(user=agent.user, purpose=purpose).delete()
    secret = crypto.new_token()
    PasswordLink.objects.create(
        user=agent.user,
        purpose=purpose,
        digest=crypto.digest(secret),
        expires_at=clock.now() + lasts,
    )
    if purpose == PasswordLink.Purpose.INVITATION:
        record(AgentInvited(agent.pk))
    return secret


@verb
def use_link(actor: Actor, link: PasswordLink, new: str, *, keep_tokens: bool = False) -> Agent:
    """Set the password by a link, which dies with it, and with all that `change_password` ends.

    Raises LookupError when another was first.
    """
    authorize(actor, "access.change_own", actor)
    gone, _ = PasswordLink.objects.filter(pk=link.pk, expires_at__gt=clock.now()).delete()
    if not gone:
        raise LookupError("link")
    agent = Agent.objects.select_related("user").get(user=link.user)
    _set(link.user, new)
    end_sessions(link.user)
    if not keep_tokens:
        end_tokens(agent)
    record(PasswordChanged(agent.pk))
    return agent


@verb
def revoke_invitation(actor: Actor, agent: Agent) -> None:
    """The invitation's link stops working."""
    authorize(actor, "agent.manage")
    PasswordLink.objects.filter(user=agent.user, purpose=PasswordLink.Purpose.INVITATION).delete()
    record(InvitationRevoked(agent.pk))


def note_seen(session_key: str) -> None:
    """This session was used just now."""
    Session.objects.filter(pk=session_key).update(seen_at=clock.now())
