"""Letters out by SMTP (RFC 5321), with one honest outcome for each recipient.

The final dot is the point of no return: up to it a lost line means "not arrived, try again"; after
it a lost answer means "may have arrived", and a person decides.
"""

import re
import smtplib
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from urllib.parse import unquote, urlsplit

from django.conf import settings
from django.utils.translation import gettext_noop

from okno.channels.contract import Account, Health, Outbound
from okno.channels.email.compose import compose
from okno.channels.email.hush import hushed
from okno.kit.failpoint import failpoint
from okno.kit.outcomes import Outcome, Refused, Retry, Sent, Unknown

STEP_SECONDS = 30
WHOLE_SECONDS = 180
_BARE_BREAK = re.compile(rb"\r\n|\r|\n")


@dataclass(frozen=True)
class Server:
    """Where letters leave, and how."""

    host: str
    port: int
    security: str = "none"
    user: str = ""
    password: str = field(default="", repr=False)


class Unconfigured(ValueError):
    """Neither the channel nor the installation says where letters leave."""


def server_of(account: Account) -> Server:
    """The channel's own server, else that of OKNO_SMTP_URL; raises Unconfigured."""
    given = account.settings
    if given.get("smtp_host"):
        return Server(
            given["smtp_host"],
            int(given.get("smtp_port") or 587),
            given.get("smtp_security") or "starttls",
            given.get("smtp_user", ""),
            account.secrets.get("smtp_password", ""),
        )
    url = settings.ENV["OKNO_SMTP_URL"]
    if not url:
        raise Unconfigured(
            gettext_noop("no outgoing mail server: set one on the channel or OKNO_SMTP_URL")
        )
    parts = urlsplit(url)
    security = {"smtps": "tls", "smtp+starttls": "starttls"}.get(parts.scheme, "none")
    if parts.scheme == "smtp" and parts.port == 587:
        security = "starttls"
    return Server(
        parts.hostname or "localhost",
        parts.port or 25,
        security,
        unquote(parts.username or ""),
        unquote(parts.password or ""),
    )


@contextmanager
def connected(server: Server) -> Iterator[smtplib.SMTP]:
    """A session that greeted, secured and signed in; closed after WHOLE_SECONDS at the latest."""
    name = settings.ENV["OKNO_SMTP_HOSTNAME"]
    context = ssl.create_default_context()
    if server.security == "tls":
        session: smtplib.SMTP = smtplib.SMTP_SSL(
            server.host, server.port, name, timeout=STEP_SECONDS, context=context
        )
    else:
        session = smtplib.SMTP(server.host, server.port, name, timeout=STEP_SECONDS)
    # A server that drips a byte a second never trips a timeout of one step.
    guard = threading.Timer(WHOLE_SECONDS, _hang_up, [session])
    guard.daemon = True
    guard.start()
    try:
        session.ehlo_or_helo_if_needed()
        if server.security == "starttls":
            session.starttls(context=context)
            session.ehlo()
        if server.user:
            session.login(server.user, server.password)
        yield session
    except smtplib.SMTPResponseException as error:
        said = error.smtp_error
        text = said.decode("utf-8", "replace") if isinstance(said, bytes) else str(said)
        error.smtp_error = hushed(text, [server.password])
        error.args = (error.smtp_code, error.smtp_error)
        raise
    finally:
        guard.cancel()
        session.close()


def _hang_up(session: smtplib.SMTP) -> None:
    if session.sock is not None:
        session.sock.shutdown(socket.SHUT_RDWR)


def send(outbound: Outbound, account: Account, at_risk: Callable[[], None]) -> dict[int, Outcome]:
    """Try one letter; an outcome for each delivery id."""
    return hand_over(outbound, account, *compose(outbound, account), at_risk)


def hand_over(
    outbound: Outbound,
    account: Account,
    message_id: str,
    letter: bytes,
    at_risk: Callable[[], None],
) -> dict[int, Outcome]:
    """The same for bytes that are made already: `outbound` says to whom they go."""
    try:
        server = server_of(account)
    except Unconfigured as error:
        return _all(outbound, Retry(str(error), 60))
    try:
        with connected(server) as session:
            failpoint("smtp.before_data")
            return _transaction(session, outbound, account, message_id, letter, at_risk)
    except smtplib.SMTPResponseException as error:
        return _all(outbound, Retry(_words(error.smtp_code, error.smtp_error)))
    except (OSError, smtplib.SMTPException) as error:
        return _all(outbound, Retry(_plain(error, server)))


def _plain(error: Exception, server: Server) -> str:
    return f"{server.host}:{server.port}: {error}"[:300] or "the mail server hung up"


def _all(outbound: Outbound, outcome: Outcome) -> dict[int, Outcome]:
    return {r.delivery_id: outcome for r in outbound.recipients}


def _words(code: int, text: bytes | str) -> str:
    said = text.decode("utf-8", "replace") if isinstance(text, bytes) else text
    return f"{code} {said}"[:600]


def _answer(code: int, text: bytes) -> Outcome:
    """A refusal in the server's words: 4xx may change its mind, 5xx will not."""
    return Refused(_words(code, text)) if 500 <= code < 600 else Retry(_words(code, text))


def _transaction(
    session: smtplib.SMTP,
    outbound: Outbound,
    account: Account,
    message_id: str,
    letter: bytes,
    at_risk: Callable[[], None],
) -> dict[int, Outcome]:
    options = []
    if not (letter.isascii() and all(r.address.isascii() for r in outbound.recipients)):
        if not session.has_extn("smtputf8"):
            return _all(outbound, Refused("the mail server takes no such address (SMTPUTF8)"))
        options = ["SMTPUTF8", "BODY=8BITMIME"]
    sender = "" if outbound.is_automatic else account.address
    code, text = session.mail(sender, options)
    if code != 250:
        return _all(outbound, _answer(code, text))
    outcomes: dict[int, Outcome] = {}
    for recipient in outbound.recipients:
        code, text = session.rcpt(recipient.address)
        if code not in (250, 251):
            outcomes[recipient.delivery_id] = _answer(code, text)
    rest = [r.delivery_id for r in outbound.recipients if r.delivery_id not in outcomes]
    if rest:
        result = _data(session, message_id, letter, at_risk)
        outcomes |= dict.fromkeys(rest, result)
    return outcomes


def _data(
    session: smtplib.SMTP, message_id: str, letter: bytes, at_risk: Callable[[], None]
) -> Outcome:
    code, text = session.docmd("DATA")
    if code != 354:
        return _answer(code, text)
    body = re.sub(rb"(?m)^\.", b"..", _BARE_BREAK.sub(b"\r\n", letter))
    session.send(body if body.endswith(b"\r\n") else body + b"\r\n")
    at_risk()
    if not _is_silent(session):
        return Retry("the mail server hung up before the letter was complete")
    try:
        session.send(b".\r\n")
        failpoint("smtp.after_final_dot_before_reply")
        code, text = session.getreply()
    except (OSError, smtplib.SMTPException) as error:
        return Unknown(f"no answer after the letter was handed over: {error}"[:300])
    if not 200 <= code < 300:
        # What is no answer of SMTP (a broken line is -1) says nothing of a letter that is theirs.
        is_refusal = 400 <= code < 600
        return _answer(code, text) if is_refusal else Unknown(_words(code, text))
    # By the first digit (RFC 5321 section 4.2.1): trying again would send it twice.
    _quit(session)
    return Sent(message_id, _words(code, text))


def _is_silent(session: smtplib.SMTP) -> bool:
    """Whether the server still waits for the final dot: a word or a hang-up before it means that it
    has given up on this letter, and then nothing is uncertain."""
    assert session.sock is not None
    session.sock.settimeout(0)
    try:
        session.sock.recv(1)
    except (BlockingIOError, ssl.SSLWantReadError):
        return True
    except OSError:
        return False
    finally:
        session.sock.settimeout(STEP_SECONDS)
    return False


def _quit(session: smtplib.SMTP) -> None:
    """Say goodbye; whatever is answered, the letter is theirs already."""
    try:
        session.quit()
    except (OSError, smtplib.SMTPException):
        return


def check(account: Account) -> Health:
    """Sign in to the outgoing server and leave; what is wrong in plain words."""
    try:
        server = server_of(account)
        with connected(server) as session:
            session.noop()
    except Unconfigured as error:
        return Health(False, str(error))
    except smtplib.SMTPAuthenticationError as error:
        return Health(False, "the name or password is wrong: " + _words(*error.args[:2]))
    except (OSError, smtplib.SMTPException) as error:
        return Health(False, f"cannot talk to {server.host}:{server.port}: {error}")
    return Health(True)
