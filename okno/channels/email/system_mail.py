"""System mail by SMTP."""

from collections.abc import Callable
from dataclasses import replace
from email.utils import format_datetime
from urllib.parse import urlsplit

from django.conf import settings

from okno.access.system_mail import SystemEmail
from okno.channels.contract import Account, Outbound, Recipient
from okno.channels.email import smtp
from okno.channels.email.compose import AUTO_GENERATED
from okno.channels.email.smtp import Unconfigured, server_of
from okno.desk.contract import Person
from okno.kit import clock
from okno.kit.mail import mime_writer
from okno.kit.mail.header_writer import ids_field, mailboxes_field, one_line, text_field
from okno.kit.outcomes import Outcome

_NOBODY = Account(0, "email", "Okno", "", {}, {})


class SmtpSystemMail:
    """See `channels.contract.SystemMailSender`."""

    def can_send(self, account: Account | None) -> bool:
        try:
            server_of(account or _NOBODY)
        except Unconfigured:
            return False
        return True

    def send(
        self, account: Account | None, letter: SystemEmail, at_risk: Callable[[], None]
    ) -> Outcome:
        """One SMTP transaction, as the letters of conversations have them."""
        account = account or _NOBODY
        sender = account.address or f"okno@{urlsplit(settings.PUBLIC_URL).hostname}"
        name, data = _compose(letter, sender)
        way = replace(account, address=sender)
        return smtp.hand_over(_outbound(letter), way, name, data, at_risk)[0]


def _outbound(letter: SystemEmail) -> Outbound:
    return Outbound(
        message_id=0,
        conversation=0,
        subject=letter.subject,
        text=letter.text,
        html="",
        author="",
        signature="",
        created_at=clock.now(),
        recipients=(Recipient(0, letter.to, "", is_copy=False),),
        to=(Person(letter.to),),
        copies=(),
        files=(),
        references=(),
        in_reply_to="",
    )


def _compose(letter: SystemEmail, sender: str) -> tuple[str, bytes]:
    name = f"<house.{letter.id}@{sender.rpartition('@')[2]}>"
    fields = [
        mailboxes_field("From", [("", sender)]),
        mailboxes_field("To", [("", letter.to)]),
        text_field("Subject", one_line(letter.subject)[:200]),
        f"Date: {format_datetime(clock.now())}\r\n",
        ids_field("Message-ID", [name]),
        # Nobody's program should answer it.
        AUTO_GENERATED,
    ]
    return name, mime_writer.letter(fields, mime_writer.text(letter.text))
