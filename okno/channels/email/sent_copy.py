"""A copy of what was sent, put into the mailbox's own folder for sent letters.

A job of its own after the commit that says "sent": whatever happens to the copy, the letter is
never sent again because of it.
"""

from imapclient import SEEN, IMAPClient
from imapclient.exceptions import IMAPClientError

from okno.channels.email.compose import compose
from okno.channels.email.mailbox import connect, mailbox_of, select
from okno.channels.intake import account_of
from okno.channels.sending import outbound_of
from okno.desk.models import Channel, Delivery, Message
from okno.kit.failpoint import failpoint
from okno.spine import Happened
from okno.spine.contract import job, reader
from okno.spine.queue import enqueue


@reader("email.sent_copy", on=("message.sent",), begins="now")
def want_copy(event: Happened) -> None:
    """A letter that has left gets a copy, when its channel has a folder for them."""
    message_id = event.data["message"]
    for channel in _channels(message_id):
        settings = channel.settings
        if settings.get("sent_folder") and settings.get("imap_host"):
            enqueue("email.sent_copy", {"message_id": message_id}, key=f"sent_copy:{message_id}")


def _channels(message_id: int) -> list[Channel]:
    """The mailbox that a letter to the client leaves by."""
    rows = Delivery.objects.select_related("channel").filter(
        message=message_id, message__aside=None, channel__kind="email"
    )
    return [row.channel for row in rows.order_by("pk")[:1]]


# Some hours: a mail server that is away for a while is nothing a person must look at.
@job("email.sent_copy", tries=12)
def put_copy(_: object, message_id: int) -> None:
    """Append the letter to the folder, unless it is there: a job may run more than once."""
    message = Message.objects.select_related("conversation__channel", "agent").get(pk=message_id)
    for channel in _channels(message_id):
        _put(message, channel)


def _put(message: Message, channel: Channel) -> None:
    account = account_of(channel)
    mailbox = mailbox_of(account)
    if mailbox is None or not mailbox.sent_folder:
        return
    deliveries = list(message.deliveries.filter(channel=channel))
    name, letter = compose(outbound_of(message, deliveries), account)
    failpoint("sent_copy.before")
    client = connect(mailbox)
    try:
        _open(client, mailbox.sent_folder)
        if not client.search(["HEADER", "Message-ID", name.strip("<>")]):
            client.append(mailbox.sent_folder, letter, [SEEN], message.created_at)
    finally:
        client.shutdown()


def _open(client: IMAPClient, folder: str) -> None:
    try:
        exists = client.folder_exists(folder)
    except IMAPClientError:
        exists = True  # SELECT says it better
    if not exists:
        client.create_folder(folder)
    select(client, folder)
