"""Letters of the installation to its own people, by OKNO_SMTP_URL or a channel that sends mail."""

import json
from dataclasses import replace

from django.conf import settings
from django.utils import translation
from django.utils.translation import pgettext

from okno.access.actions import make_link
from okno.access.door_queries import agent_by_address
from okno.access.models import Agent, PasswordLink
from okno.channels.contract import (
    Account,
    Courier,
    Health,
    HouseLetter,
    Refused,
    Sent,
    Unknown,
    couriers,
)
from okno.channels.intake import account_of
from okno.desk.models import Channel
from okno.kit import crypto
from okno.kit.failpoint import failpoint
from okno.spine import SYSTEM, unit
from okno.spine.queue import NeedsPerson, Run, enqueue, hold

JOB = "channels.house_letter"
RECOVER = "channels.recover"


class NoWayOut(RuntimeError):
    """No outgoing mail server is known, or it refused; the text says which."""


def way_out() -> tuple[Courier, Account | None] | None:
    """Who takes the letters of the house, None when nobody can.

    The first channel that can send lends its address; without one, the installation's own server.
    """
    rows = Channel.objects.filter(kind__in=couriers.names(), is_active=True).order_by("pk")
    for channel in rows.exclude(address=""):
        courier = couriers.get(channel.kind)
        if courier.can_send(account := account_of(channel)):
            return courier, account
    return next(((c, None) for c in couriers if c.can_send(None)), None)


def post(letter: HouseLetter) -> None:
    """Send from a job, inside the open unit; what a letter says is sealed until it has left."""
    text = json.dumps([letter.to, letter.subject, letter.text, letter.id])
    enqueue(JOB, {"sealed": crypto.seal(text)}, lane="house")


def send_sealed(run: Run) -> None:
    """Send now, by the rules of the outbox (fault M3): the last commit before the final dot says
    that the letter may arrive. Whoever comes after it asks a person, who sends it again from the
    failed job. Raises NoWayOut for the next try and NeedsPerson for none."""
    if run.attempts > (crossed := run.args.get("crossed", 0)) > 0:
        raise NeedsPerson("the worker stopped while it was sending: the letter may have arrived")
    letter = HouseLetter(*json.loads(crypto.unseal(run.args["sealed"])))
    way = way_out()
    if way is None:
        raise NoWayOut("no outgoing mail server: set one on a channel or OKNO_SMTP_URL")
    if crossed or "id" not in run.args:  # letters of an older version have no id of their own yet
        run.keep(crossed=0, id=letter.id)
    letter = replace(letter, id=run.args["id"])
    outcome = way[0].send(letter, way[1], lambda: run.keep(crossed=run.attempts))
    if isinstance(outcome, Sent):
        failpoint("smtp.after_reply_before_commit")
        return
    if isinstance(outcome, Unknown):
        raise NeedsPerson(f"the letter may have arrived: {outcome.reason}")
    if isinstance(outcome, Refused):
        raise NeedsPerson(outcome.reason)
    if run.args["crossed"]:
        run.keep(crossed=0)
    raise NoWayOut(outcome.reason)


def hold_letters() -> int:
    """After a restore: letters that may have left since the backup wait for a person."""
    return hold([JOB, RECOVER], "held since the restore: it may have been sent since the backup")


def try_channel(channel: Channel, to: str) -> Health:
    """Send a test letter through this channel's own server and say what the server said."""
    name = channel.name
    letter = HouseLetter(
        to,
        pgettext("test letter", "Test letter from Okno"),
        pgettext("test letter", "This letter left by the channel “%(name)s”. Sending works.")
        % {"name": name},
    )
    outcome = couriers.get(channel.kind).send(letter, account_of(channel), lambda: None)
    if isinstance(outcome, Sent):
        return Health(True, outcome.answer)
    return Health(False, outcome.reason)


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
        post(HouseLetter(agent.user.email, subject, text))
    return url


def ask_recovery(email: str) -> None:
    """Queue the look-up and the letter: whether the address is known, only the job finds out."""
    with unit(SYSTEM, "recovery"):
        enqueue(RECOVER, {"sealed": crypto.seal(email)}, lane="house")


def recovery_letter(agent: Agent, secret: str) -> HouseLetter:
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
    return HouseLetter(agent.user.email, subject, text)


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
