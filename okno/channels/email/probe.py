"""Looks into a mailbox for the administrator: signs in, opens each folder, counts."""

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from okno.channels.contract import Account, Health
from okno.channels.email.mailbox import BROKEN, Mailbox, connect, mailbox_of, plain

# Folders named in an answer; a mailbox may have thousands.
MOST_NAMED = 12


def probe(account: Account) -> Health:
    """What is in the mailbox, or what is wrong with it, in plain words."""
    mailbox = mailbox_of(account)
    if mailbox is None:
        return Health(
            False,
            "no mailbox is set: fill in the server under Incoming mail, or hand letters over by"
            " SMTP",
        )
    try:
        client = connect(mailbox)
        try:
            return _look(client, mailbox)
        finally:
            client.shutdown()
    except BROKEN as error:
        return Health(False, plain(error, mailbox))


def _look(client: IMAPClient, mailbox: Mailbox) -> Health:
    there = [name for _, _, name in client.list_folders()]
    target = mailbox.after.removeprefix("move:") if mailbox.after.startswith("move:") else ""
    found: list[str] = []
    for name in filter(None, dict.fromkeys((*mailbox.folders, target, mailbox.sent_folder))):
        try:
            told = client.folder_status(name, ["MESSAGES", "UNSEEN"])
        except IMAPClientError as error:
            if isinstance(error, IMAPClient.AbortError):
                raise
            return Health(False, _absent(name, there))
        found.append(f"{name}: {told[b'MESSAGES']} ({told[b'UNSEEN']} unread)")
    return Health(True, f"{mailbox.host}: signed in as {mailbox.user}. {'; '.join(found)}")


def _absent(name: str, there: list[str]) -> str:
    named = ", ".join(sorted(there)[:MOST_NAMED])
    return f"signed in, but there is no folder {name!r}. There are: {named}"
