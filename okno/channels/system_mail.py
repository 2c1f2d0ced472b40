"""System mail by the kinds that send letters: through the first channel that can, and without one
by the installation's own server (OKNO_SMTP_URL)."""

from functools import partial

from django.utils.translation import pgettext

from okno.access.system_mail import Send, SystemEmail, senders
from okno.channels.contract import Health, SystemMailSender, system_mail_senders
from okno.channels.intake import account_of
from okno.desk import sending_channel
from okno.desk.models import Channel
from okno.kit.outcomes import Sent


def install(kind: str, sender: SystemMailSender) -> None:
    """Register a kind that can send letters: for system mail, and for the desk's choice."""
    system_mail_senders.add(kind, sender)
    sending_channel.kinds.add(kind, lambda channel: sender.can_send(account_of(channel)))


def _way_out() -> Send | None:
    """The first channel that can send lends its address; without one it is the installation's."""
    kinds = system_mail_senders.names()
    rows = Channel.objects.filter(kind__in=kinds, is_active=True).order_by("pk")
    for channel in rows.exclude(address=""):
        sender, account = system_mail_senders.get(channel.kind), account_of(channel)
        if sender.can_send(account):
            return partial(sender.send, account)
    able = (sender for sender in system_mail_senders if sender.can_send(None))
    return next((partial(sender.send, None) for sender in able), None)


senders.add("channels", _way_out)


def try_channel(channel: Channel, to: str) -> Health:
    """Send a test letter through this channel's own server and say what the server said."""
    letter = SystemEmail(
        to,
        pgettext("test letter", "Test letter from Okno"),
        pgettext("test letter", "This letter left by the channel “%(name)s”. Sending works.")
        % {"name": channel.name},
    )
    sender = system_mail_senders.get(channel.kind)
    outcome = sender.send(account_of(channel), letter, lambda: None)
    if isinstance(outcome, Sent):
        return Health(True, outcome.answer)
    return Health(False, outcome.reason)
