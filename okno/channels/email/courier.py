"""Letters of the installation itself: invitations, new passwords, tests."""

import smtplib
from email.utils import format_datetime
from urllib.parse import urlsplit

from django.conf import settings

from okno.channels.contract import Account, Health, HouseLetter
from okno.channels.email.compose import AUTO_GENERATED
from okno.channels.email.smtp import Unconfigured, connected, server_of
from okno.kit import clock, crypto
from okno.kit.mail import mime_writer
from okno.kit.mail.header_writer import ids_field, mailboxes_field, one_line, text_field

_NOBODY = Account(0, "email", "Okno", "", {}, {})


class Courier:
    """See `channels.contract.Courier`."""

    def can_send(self, account: Account | None) -> bool:
        try:
            server_of(account or _NOBODY)
        except Unconfigured:
            return False
        return True

    def send(self, letter: HouseLetter, account: Account | None) -> Health:
        """Send in one SMTP transaction; a refusal comes back in the server's own words."""
        account = account or _NOBODY
        sender = account.address or f"okno@{urlsplit(settings.PUBLIC_URL).hostname}"
        try:
            server = server_of(account)
            with connected(server) as session:
                refused = session.sendmail(sender, letter.to, _compose(letter, sender))
                said = f"{server.host}:{server.port}"
        except Unconfigured as error:
            return Health(False, str(error))
        except smtplib.SMTPRecipientsRefused as error:
            code, text = next(iter(error.recipients.values()))
            return Health(False, _words(code, text))
        except smtplib.SMTPAuthenticationError as error:
            words = _words(error.smtp_code, error.smtp_error)
            return Health(False, f"the name or password is wrong: {words}")
        except smtplib.SMTPResponseException as error:
            return Health(False, _words(error.smtp_code, error.smtp_error))
        except (OSError, smtplib.SMTPException) as error:
            return Health(False, f"cannot talk to {server.host}:{server.port}: {error}"[:300])
        return Health(not refused, said)


def _compose(letter: HouseLetter, sender: str) -> bytes:
    name = f"<house.{crypto.new_token()}@{sender.rpartition('@')[2]}>"
    fields = [
        mailboxes_field("From", [("", sender)]),
        mailboxes_field("To", [("", letter.to)]),
        text_field("Subject", one_line(letter.subject)[:200]),
        f"Date: {format_datetime(clock.now())}\r\n",
        ids_field("Message-ID", [name]),
        # Nobody's program should answer it.
        AUTO_GENERATED,
    ]
    return mime_writer.letter(fields, mime_writer.text(letter.text))


def _words(code: int, text: bytes | str) -> str:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return f"{code} {said}"[:600]
