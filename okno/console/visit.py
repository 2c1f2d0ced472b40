"""Where a client is and with what, for their card."""

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.utils.formats import date_format
from django.utils.translation import get_language_info

from okno.contacts.models import Contact
from okno.desk import visiting
from okno.desk.models import Conversation
from okno.kit import clock


@dataclass(frozen=True)
class Visit:
    """What is known of a client's place; `path` holds the pages before, the last one first."""

    is_here: bool
    page: str
    title: str
    path: list[str]
    referrer: str
    browser: str


def visit_of(conversation: Conversation) -> Visit | None:
    """Where the client is now, else where they were when they last wrote; None for no site."""
    known = conversation.visit or {}
    now = visiting.place(conversation.pk)
    place: dict[str, Any] = {**known, **(now or {})}
    page = place.get("page", "")
    if not page and not known.get("browser"):
        return None
    return Visit(
        is_here=now is not None,
        page=page,
        title=place.get("title", ""),
        path=[one for one in reversed(place.get("path", [])) if one != page],
        referrer=known.get("referrer", ""),
        browser=known.get("browser", ""),
    )


def their_time(conversation: Conversation, client: Contact) -> str:
    """Hours and minutes where the client is, "" when their zone is not known."""
    zone = client.timezone or (conversation.visit or {}).get("zone", "")
    try:
        return date_format(clock.now().astimezone(ZoneInfo(zone)), "H:i") if zone else ""
    except (ZoneInfoNotFoundError, ValueError):
        return ""


def their_language(conversation: Conversation, client: Contact) -> str:
    """The client's language in words, its code when we have no word for it."""
    code = client.language or conversation.language
    try:
        return str(get_language_info(code)["name_translated"]) if code else ""
    except KeyError:
        return code
