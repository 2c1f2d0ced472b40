"""The kind `email`: one address, letters in by SMTP, IMAP or pipe, out by SMTP."""

import atexit
from collections.abc import Callable, Sequence

from okno.channels import system_mail
from okno.channels.contract import (
    Account,
    Health,
    Outbound,
    Raw,
    Unreadable,
    doors,
    install,
    pipes,
    probes,
)
from okno.channels.email import mailbox, pipe, reading, sent_copy, smtp
from okno.channels.email.forms import EmailForm
from okno.channels.email.mailin import MailIn
from okno.channels.email.probe import probe
from okno.channels.email.system_mail import SmtpSystemMail
from okno.desk.contract import Abilities, Medium, Parsed
from okno.kit import mail
from okno.kit.mail.addresses import settled
from okno.kit.mail.child import Parser
from okno.kit.outcomes import Outcome

# Importing `sent_copy` registers its reader and job.
__all__ = ["Email", "sent_copy"]

_parser = Parser()
atexit.register(_parser.close)


class Email:
    """See `channels.contract.Adapter`."""

    kind = "email"
    label = "E-mail"
    icon = "mail"
    begins_as = {"en": "Support", "ru": "Поддержка"}
    form_class = EmailForm
    abilities = Abilities(
        identity_kind="email",
        medium=Medium.LETTER,
        html=True,
        subject=True,
        copies=True,
        can_start=True,
        can_undo=True,
    )

    def canonical(self, address: str) -> str:
        """Lower case, no comments, punycode domain; raises ValueError for anything doubtful."""
        return settled(address)

    def parse(self, raw: Raw, account: Account) -> Sequence[Parsed]:
        """Read the letter in the limited child; raises Unreadable."""
        try:
            letter = _parser.parse(raw.body, account.settings.get("authserv_id", ""))
        except mail.Unreadable as error:
            raise Unreadable(str(error)) from error
        return reading.understand(letter, account, tuple(raw.meta.get("recipients", ())))

    def send(
        self, outbound: Outbound, account: Account, at_risk: Callable[[], None]
    ) -> dict[int, Outcome]:
        """Send by SMTP."""
        return smtp.send(outbound, account, at_risk)

    def check(self, account: Account) -> Health:
        """Try the outgoing server, and the mailbox when there is one."""
        outgoing = smtp.check(account)
        incoming = mailbox.check(account)
        words = "; ".join(filter(None, (outgoing.text, incoming.text)))
        return Health(outgoing.is_well and incoming.is_well, words)


install(Email())
system_mail.install("email", SmtpSystemMail())
probes.add("email", probe)
doors.add("mailboxes", MailIn)
pipes.add("letter", pipe.deliver)
