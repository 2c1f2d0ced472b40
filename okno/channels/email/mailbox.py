"""A mailbox read by IMAP (RFC 9051): where it is, signing in, and what is wrong in plain words."""

import imaplib
import socket
import ssl
from contextlib import suppress
from dataclasses import dataclass, field
from importlib import metadata

from imapclient import IMAPClient, SocketTimeout
from imapclient.exceptions import IMAPClientError, LoginError

from okno.channels.contract import Account, Health
from okno.channels.email import oauth
from okno.channels.email.hush import LEFT_OUT, hushed

CONNECT_SECONDS = 15
ANSWER_SECONDS = 60
# A search may name 50,000 letters on one line, more than the library's wall of a megabyte.
imaplib._MAXLINE = 16_000_000  # type: ignore[attr-defined]


READ_ONLY = "the folder {name!r} may only be read: letters are taken, but stay unread and in place"
UNSAFE = (
    ". The provider lets no other program in: allow IMAP in the mailbox's own settings on its site,"
    " and use the authorisation code that it gives there as the password"
)


class Wrong(Exception):
    """The mailbox cannot be read; the text tells the administrator why."""


# What talking to a mail server may raise.
BROKEN = (IMAPClientError, OSError, Wrong, oauth.NoToken)


@dataclass(frozen=True)
class Mailbox:
    """Everything to reach a mailbox. `after`: `flag`, `delete` or `move:FOLDER`; `start`: `now`,
    `all` or `days:N`."""

    host: str
    port: int
    security: str
    user: str
    password: str = field(repr=False)
    grant: oauth.Grant | None
    folders: tuple[str, ...]
    after: str
    start: str
    sent_folder: str


def mailbox_of(account: Account) -> Mailbox | None:
    """The mailbox of a channel, None when it has none."""
    given = account.settings
    if not given.get("imap_host"):
        return None
    security = given.get("imap_security") or "tls"
    names = (name.strip() for name in str(given.get("imap_folder") or "INBOX").split(","))
    return Mailbox(
        host=str(given["imap_host"]).strip(),
        port=int(given.get("imap_port") or (993 if security == "tls" else 143)),
        security=security,
        user=str(given.get("imap_user") or account.address),
        password=account.secrets.get("imap_password", ""),
        grant=oauth.grant_of(account),
        folders=tuple(dict.fromkeys(filter(None, names))) or ("INBOX",),
        after=str(given.get("after") or "flag"),
        start=str(given.get("start") or "now"),
        sent_folder=str(given.get("sent_folder") or ""),
    )


def connect(mailbox: Mailbox) -> IMAPClient:
    """A session that has signed in; close it by `shutdown`. Raises one of BROKEN."""
    context = ssl.create_default_context()
    client = IMAPClient(
        mailbox.host,
        mailbox.port,
        ssl=mailbox.security == "tls",
        ssl_context=context,
        timeout=SocketTimeout(CONNECT_SECONDS, ANSWER_SECONDS),
    )
    client.normalise_times = False
    try:
        if mailbox.security == "starttls":
            client.starttls(context)
        _introduce(client)
        _sign_in(client, mailbox)
        # Some count it only from who has signed in.
        _introduce(client)
    except BaseException:
        # A handshake that failed has closed the socket already; its own error says what is wrong.
        with suppress(OSError):
            client.shutdown()
        raise
    return client


def _sign_in(client: IMAPClient, mailbox: Mailbox) -> None:
    if mailbox.grant is not None:
        client.oauth2_login(mailbox.user, oauth.access_token(mailbox.grant))
    elif (mailbox.user + mailbox.password).isascii() and not client.has_capability("LOGINDISABLED"):
        client.login(mailbox.user, mailbox.password)
    else:
        # LOGIN is ASCII in practice; AUTH=PLAIN is UTF-8 by its standard (RFC 4616).
        client.plain_login(mailbox.user, mailbox.password)


def select(client: IMAPClient, folder: str) -> dict[bytes, int]:
    """Open a folder; what the server says of it. Raises Wrong when it is not there."""
    try:
        try:
            return dict(client.select_folder(folder))
        except imaplib.IMAP4.readonly:
            # For the library a kind of lost connection; for us a folder that can be read.
            return {**client.select_folder(folder, readonly=True), b"READ-ONLY": 1}
    except IMAPClient.AbortError:
        raise
    except IMAPClientError as error:
        said = f"the folder {folder!r} cannot be opened: {_said(error)}"
        raise Wrong(said + (UNSAFE if "unsafe login" in said.lower() else "")) from error


def _introduce(client: IMAPClient) -> None:
    """Say who we are (RFC 2971), where the server knows the word: NetEase (163.com, 126.com,
    yeah.net) opens no folder to a program that has not."""
    if not client.has_capability("ID"):
        return
    try:
        client.id_({"name": "Okno", "version": metadata.version("okno"), "vendor": "Okno"})
    except IMAPClient.AbortError:
        raise
    except (IMAPClientError, metadata.PackageNotFoundError):
        return  # who does not want to know is read all the same


def check(account: Account) -> Health:
    """Sign in and open each folder; what is wrong in plain words."""
    mailbox = mailbox_of(account)
    if mailbox is None:
        return Health(True)
    told: dict[str, dict[bytes, int]] = {}
    try:
        client = connect(mailbox)
        try:
            for folder in filter(None, (*mailbox.folders, mailbox.sent_folder)):
                told[folder] = select(client, folder)
        finally:
            client.shutdown()
    except BROKEN as error:
        return Health(False, f"incoming mail: {plain(error, mailbox)}")
    closed = [name for name in told if told[name].get(b"READ-ONLY")]
    return Health(True, "; ".join(READ_ONLY.format(name=name) for name in closed))


def plain(error: Exception, mailbox: Mailbox) -> str:
    """What went wrong, in words for the administrator."""
    where = f"{mailbox.host}:{mailbox.port}"
    for kind, words in _WORDS:
        if isinstance(error, kind):
            return words.format(where=where, host=mailbox.host, said=_kept(error, mailbox))
    return f"{where}: {_kept(error, mailbox)}"


def _kept(error: Exception, mailbox: Mailbox) -> str:
    """The server's words; the secret is looked for in all of them, before they are cut."""
    grant = mailbox.grant
    secrets = [mailbox.password, *((grant.client_secret, grant.refresh_token) if grant else ())]
    said = _said(error)
    return said if hushed(str(error), secrets) == str(error) else LEFT_OUT


def _said(error: Exception) -> str:
    if isinstance(error, ssl.SSLCertVerificationError):
        return error.verify_message
    text = str(error)
    return (text[2:-1] if text.startswith(("b'", 'b"')) else text)[:300]


_WORDS: tuple[tuple[type[Exception], str], ...] = (
    (Wrong, "{said}"),
    (oauth.NoToken, "no access token: {said}"),
    (LoginError, "the mail server refuses the name or password: {said}"),
    (socket.gaierror, "there is no host {host}"),
    (ssl.SSLCertVerificationError, "the certificate of {where} is not trusted: {said}"),
    (ssl.SSLError, "{where} does not speak TLS as expected: {said}"),
    (ConnectionRefusedError, "{where} refuses connections"),
    (TimeoutError, "{where} does not answer"),
    (imaplib.IMAP4.abort, "{where} ended the connection: {said}"),
)
