"""The letters that lead to a password: an invitation, and a new one for a forgotten one."""

from django.conf import settings
from django.utils import translation
from django.utils.translation import pgettext

from okno.access.actions import make_link
from okno.access.door_queries import agent_by_address
from okno.access.models import Agent, PasswordLink
from okno.access.system_mail import LANE, SystemEmail, post, way_out
from okno.kit import crypto
from okno.spine import SYSTEM, unit
from okno.spine.queue import Run, enqueue

# The name that waiting jobs of every version have.
RECOVER = "channels.recover"


def invite(agent: Agent, secret: str, by: str) -> str:
    """Queue the letter of an invitation, inside the open unit; returns its link."""
    url = f"{settings.PUBLIC_URL}/invitation/{secret}/"
    assert agent.user is not None
    with translation.override(agent.language):
        subject = pgettext("invitation letter", "%(by)s invites you to Okno") % {"by": by}
        text = pgettext(
            "invitation letter",
            "Hello %(name)s,\n\n%(by)s invites you to answer clients in Okno."
            " Choose your password here:\n\n%(url)s\n\nThe link works once, for three days.\n",
        ) % {"name": agent.name, "by": by, "url": url}
    if way_out() is not None:
        post(SystemEmail(agent.user.email, subject, text))
    return url


def ask_recovery(email: str) -> None:
    """Queue the look-up and the letter: whether the address is known, only the job finds out."""
    with unit(SYSTEM, "recovery"):
        enqueue(RECOVER, {"sealed": crypto.seal(email)}, lane=LANE)


def recovery_letter(agent: Agent, secret: str) -> SystemEmail:
    """The letter that leads to a new password."""
    url = f"{settings.PUBLIC_URL}/recovery/{secret}/"
    assert agent.user is not None
    with translation.override(agent.language):
        subject = pgettext("recovery letter", "A new password for Okno")
        text = pgettext(
            "recovery letter",
            "Hello %(name)s,\n\nset a new password here:\n\n%(url)s\n\nThe link works once, for an"
            " hour. If you did not ask for it, do nothing: your password stays as it is.\n",
        ) % {"name": agent.name, "url": url}
    return SystemEmail(agent.user.email, subject, text)


def recover(run: Run, sealed: str) -> None:
    """Make a link for the person of an address and queue its letter; nothing for an unknown one."""
    agent = agent_by_address(crypto.unseal(sealed))
    # Who was only invited has no password to forget, and no other way in than the invitation (L1).
    if agent is None or agent.user is None or not agent.user.has_usable_password():
        return
    if way_out() is None:
        return
    with unit(SYSTEM, "recovery"):
        post(recovery_letter(agent, make_link(SYSTEM, agent, PasswordLink.Purpose.RECOVERY)))
        run.done()
