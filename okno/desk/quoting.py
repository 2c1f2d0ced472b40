"""A message quoted for somebody outside, in the way mail programs do it."""

from django.utils.translation import gettext, pgettext

from okno.desk.models import Message


def quote_of(message: Message, said_at: str) -> str:
    """The words of one message with its sender, its date as the reader says it, and its subject.
    Never a note: there is no way from here to that table. Of a letter aside nothing."""
    if message.aside_id:
        return ""
    lines = [pgettext("forward", "---------- Forwarded message ----------")]
    lines.append(pgettext("forward", "From: %(who)s") % {"who": _writer(message)})
    lines.append(pgettext("forward", "Date: %(when)s") % {"when": said_at})
    if message.subject:
        lines.append(pgettext("forward", "Subject: %(text)s") % {"text": message.subject})
    return "\n".join([*lines, "", message.own_words])


def _writer(message: Message) -> str:
    if message.agent is not None:
        return message.agent.name
    address = message.identity.address if message.identity else ""
    name = message.contact.name if message.contact else ""
    known = f"{name} <{address}>" if name and address else name or address
    return known or gettext("Unknown sender")
