"""The letter to somebody who filled in the form: its number, and the way back to its page."""

from django.conf import settings
from django.utils.translation import pgettext

from okno.channels.acknowledging import Acknowledgement
from okno.channels.form import ids
from okno.desk.models import Channel, Message


def address_of(message: Message) -> str:
    """The full address, for a letter, of the page of the request that began with `message`."""
    number = message.conversation_id
    return f"{settings.PUBLIC_URL}/request/{number}/{ids.letter_token(number, message.pk)}/"


def confirm(channel: Channel, message: Message) -> Acknowledgement | None:
    """Words of ours and the link; anybody may have given this address, so nothing of theirs."""
    if not channel.settings.get("confirms", True):
        return None
    values = {"channel": channel.name, "number": message.conversation_id}
    values["url"] = address_of(message)
    subject = pgettext("confirmation letter", "%(channel)s: we have your request")
    text = pgettext(
        "confirmation letter",
        "Hello,\n\nwe have your request, its number is %(number)s. Our answer comes by letter,"
        " and is with all that was said on the request's own page:\n\n%(url)s\n\nWhoever has this"
        " link can read and write there, so keep it to yourself.\n\nIf you did not write to us,"
        " somebody gave your address by mistake: do nothing.\n",
    )
    return Acknowledgement(subject % values, text % values)
