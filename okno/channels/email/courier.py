"""Letters of the installation itself: invitations, new passwords, tests."""

import smtplib
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import urlsplit

from django.conf import settings

from okno.channels.contract import Account, Health, HouseLetter
from okno.channels.email.smtp import Unconfigured, connected, server_of
from okno.kit import clock, crypto

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
                refused = session.send_message(_compose(letter, account, sender), sender, letter.to)
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


def _compose(letter: HouseLetter, account: Account, sender: str) -> EmailMessage:
    made = EmailMessage(policy=SMTP.clone(cte_type="7bit"))
    made["From"] = sender
    made["To"] = letter.to
    made["Subject"] = " ".join(letter.subject.split())[:200]
    made["Date"] = format_datetime(clock.now())
    made["Message-ID"] = f"<house.{crypto.new_token()}@{sender.rpartition('@')[2]}>"
    # RFC 3834: nobody's program should answer it.
    made["Auto-Submitted"] = "auto-generated"
    made["X-Auto-Response-Suppress"] = "All"
    made.set_content(letter.text, cte="quoted-printable")
    return made


def _words(code: int, text: bytes | str) -> str:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else str(text)
    return f"{code} {said}"[:600]
