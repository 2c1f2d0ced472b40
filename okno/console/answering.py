"""Where an answer goes, in the words of the composer."""

from dataclasses import dataclass

from django.utils.translation import pgettext

from okno.desk import destinations
from okno.desk.contract import Medium
from okno.desk.models import Conversation


@dataclass(frozen=True)
class Ways:
    """A sentence beside the client's address, "" where it says all; `is_warning` when somebody may
    wait in vain."""

    words: str
    is_warning: bool = False


def ways(found: Conversation) -> Ways:
    """Of an answer written now."""
    media = {way.medium for way in destinations.of(found)}
    is_form = found.channel.abilities.medium == Medium.FORM
    if not media:
        words = pgettext(
            "where an answer goes",
            "Nobody would get it: the address is not proved, and no mail channel can send",
        )
        return Ways(words, is_warning=True)
    if Medium.FORM not in media:
        words = pgettext("where an answer goes", "By letter only: the address is not proved")
        return Ways(words if is_form else "")
    if media == {Medium.FORM}:
        words = pgettext(
            "where an answer goes", "On the request's page only: no mail channel can send"
        )
        return Ways(words, is_warning=True)
    return Ways(pgettext("where an answer goes", "On the request's page and by letter"))
