"""Small parts that stand many times on a page: states, times, words that were found."""

from collections.abc import Callable, Iterable
from datetime import date, datetime
from functools import lru_cache
from html import escape
from typing import Any

from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import get_language, pgettext

from okno.channels.contract import adapters, callings
from okno.console import when
from okno.contacts.models import Identity
from okno.desk.models import Status
from okno.kit import clock
from okno.kit.icons import icon

_STATUSES = dict(Status.choices)
_STYLES = {"hour": when.hour, "brief": when.brief}
# Said of instants that are new each time.
_COMING = {"ago": when.ago, "moment": when.moment}


def called(address: str | None) -> str:
    """An address as people say it: unchanged, unless its kind has words for it."""
    said = (calling(address) for calling in callings) if address else ()
    return next(filter(None, said), address or "")


def or_address(name: str | None, identity: Identity | None) -> str:
    """The name of somebody outside, else their address as people say it; "" when nobody can say.

    In a template `default:message.identity.address` fails where nobody is known: an argument that
    leads nowhere is an error there, while a value that leads nowhere is only empty.
    """
    return name or called(identity.address if identity else "")


def channel_icon(kind: str) -> str:
    """The icon of a kind of channel, as its adapter names it."""
    return adapters.get(kind).icon if kind in adapters else "message"


def pieces(found: Iterable[tuple[str, bool]]) -> SafeString:
    """A text in pieces as HTML; the words that were searched for are marked, all is escaped."""
    parts = (f"<mark>{escape(text)}</mark>" if yes else escape(text) for text, yes in found)
    return SafeString("".join(parts))


def _values(conversation: Any) -> dict[str, Any]:
    """Fields of a flat row of a list or of a conversation itself."""
    return conversation if isinstance(conversation, dict) else vars(conversation)


def state_chip(conversation: Any) -> SafeString:
    """The status as shape and word; a snoozed one says until when."""
    values = _values(conversation)
    status, until = values["status"], values["snoozed_until"]
    if until is not None:
        text = pgettext("status", "snoozed until %(when)s") % {"when": when.moment(until)}
        return SafeString(f'<span class="status is-snoozed">{escape(text)}</span>')
    word = escape(str(_STATUSES.get(status, status)))
    return SafeString(f'<span class="status is-{escape(status)}">{word}</span>')


def time_left(conversation: Any) -> SafeString:
    """Time to the deadline as colour, shape and words; without one, how long the client waits."""
    values = _values(conversation)
    waiting, due = values["waiting_since"], values["due_at"]
    if waiting is None and due is None:
        return SafeString("")
    now = clock.now()
    if due is not None:
        left = (due - now).total_seconds()
        if left < 0:
            text = pgettext("time left", "%(span)s late") % {"span": when.span(-left)}
            return _chip("is-late", "alert", text)
        text = pgettext("time left", "%(span)s left") % {"span": when.span(left)}
        return _chip("is-soon" if left < when.SOON_SECONDS else "", "clock", text)
    waited = (now - waiting).total_seconds()
    text = pgettext("time left", "waits %(span)s") % {"span": when.span(waited)}
    return _chip("is-soon" if waited > when.LONG_WAIT_SECONDS else "", "clock", text)


def _chip(variant: str, picture: str, text: str) -> SafeString:
    return SafeString(f'<span class="time-left {variant}">{icon(picture)}{escape(text)}</span>')


def instant(at: datetime | None, style: str = "brief") -> SafeString:
    """An instant in words, with the whole of it as a tooltip; style: brief, hour, ago, moment."""
    if at is None:
        return SafeString("")
    if style in _COMING:
        return _time(at, _COMING[style](at))
    return instants(style if style in _STYLES else "brief")(at)


def instants(style: str = "brief") -> Callable[[datetime], SafeString]:
    """The same for many, all said now, here and in one language."""
    today, zone = when.local_now().date(), timezone.get_current_timezone_name()
    language = get_language()
    return lambda at: _instant(at, style, today, zone, language)


@lru_cache(maxsize=4096)
def _instant(at: datetime, style: str, today: date, zone: str, language: str | None) -> SafeString:
    # The same few hundred instants stand on every page that is opened this day.
    return _time(at, _STYLES[style](at))


def _time(at: datetime, words: str) -> SafeString:
    return SafeString(
        f'<time datetime="{at.isoformat()}" title="{escape(when.full(at))}">{escape(words)}</time>'
    )
