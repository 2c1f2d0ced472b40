"""The small parts of every page: icons, avatars, chips, times."""

import re
from datetime import datetime
from typing import Any

from django import template
from django.forms import BoundField
from django.utils.html import conditional_escape, escape, format_html, urlize
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import pgettext

from okno.channels.contract import adapters, callings
from okno.console import phrases, when
from okno.console.avatars import avatar, face
from okno.desk.contract import DeliveryState
from okno.desk.models import Delivery, Status
from okno.desk.previews import has_preview
from okno.kit import clock
from okno.kit.icons import icon, mark

register = template.Library()
register.filter(has_preview)
for shared in (icon, mark, avatar, face):
    register.simple_tag(shared)
_PARAGRAPH = re.compile(r"\n[ \t]*\n\s*")
_REMOTE = re.compile(r"""(?i)<img\b[^>]{0,2000}?\bsrc\s*=\s*["']?\s*(?:https?:)?//""")
_DELIVERY = {
    DeliveryState.QUEUED: ("clock", ""),
    DeliveryState.SENDING: ("clock", ""),
    DeliveryState.SENT: ("check", ""),
    DeliveryState.DELIVERED: ("check-all", ""),
    DeliveryState.READ: ("check-all", "is-read"),
    DeliveryState.FAILED: ("error", "is-failed"),
    DeliveryState.UNCERTAIN: ("alert", "is-uncertain"),
}


@register.filter
def called(address: str | None) -> str:
    """An address as people say it: unchanged, unless its kind has words for it."""
    said = (calling(address) for calling in callings) if address else ()
    return next(filter(None, said), address or "")


@register.filter
def channel_icon(kind: str) -> str:
    """The icon of a kind of channel, as its adapter names it."""
    return adapters.get(kind).icon if kind in adapters else "message"


def _values(conversation: Any) -> dict[str, Any]:
    """Fields of a flat row of a list or of a conversation itself."""
    return conversation if isinstance(conversation, dict) else vars(conversation)


@register.simple_tag
def state_chip(conversation: Any) -> SafeString:
    """The status as shape and word; a snoozed one says until when."""
    values = _values(conversation)
    status, until = values["status"], values["snoozed_until"]
    if until is not None:
        text = pgettext("status", "snoozed until %(when)s") % {"when": when.moment(until)}
        return format_html('<span class="status is-snoozed">{}</span>', text)
    return format_html(
        '<span class="status is-{}">{}</span>', status, dict(Status.choices).get(status, status)
    )


@register.simple_tag
def time_left(conversation: Any) -> SafeString:
    """Time to the deadline as colour, shape and words; without one, how long the client waits."""
    values = _values(conversation)
    waiting, due = values["waiting_since"], values["due_at"]
    if waiting is None and due is None:
        return mark_safe("")
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
    return format_html('<span class="time-left {}">{}{}</span>', variant, icon(picture), text)


@register.simple_tag
def instant(at: datetime | None, style: str = "brief") -> SafeString:
    """An instant in words, with the whole of it as a tooltip; style: brief, hour, ago, moment."""
    if at is None:
        return mark_safe("")
    words = {"hour": when.hour, "ago": when.ago, "moment": when.moment}.get(style, when.brief)(at)
    return format_html(
        '<time datetime="{}" title="{}">{}</time>', at.isoformat(), when.full(at), words
    )


@register.simple_tag
def delivery_state(delivery: Delivery) -> SafeString:
    """Where a message to one recipient is, as icon and words."""
    picture, variant = _DELIVERY.get(DeliveryState(delivery.state), ("info", ""))
    if delivery.is_held:
        picture, variant = "pause", "is-uncertain"
    return format_html(
        '<span class="delivery {}">{}{}</span>', variant, icon(picture), delivery_words(delivery)
    )


def delivery_words(delivery: Delivery) -> str:
    """The state of a delivery in plain words."""
    if delivery.is_held:
        return pgettext("delivery", "Held since the restore")
    if delivery.state == DeliveryState.QUEUED and delivery.next_at and delivery.attempts:
        return pgettext("delivery", "Next try %(when)s") % {"when": when.moment(delivery.next_at)}
    if delivery.state == DeliveryState.QUEUED and delivery.next_at:
        left = round((delivery.next_at - clock.now()).total_seconds())
        return pgettext("delivery", "Leaves in %(n)s s") % {"n": max(left, 1)}
    return {
        DeliveryState.QUEUED: pgettext("delivery", "On its way"),
        DeliveryState.SENDING: pgettext("delivery", "Being sent"),
        DeliveryState.SENT: pgettext("delivery", "Sent"),
        DeliveryState.DELIVERED: pgettext("delivery", "Delivered"),
        DeliveryState.READ: pgettext("delivery", "Read"),
        DeliveryState.FAILED: pgettext("delivery", "Not delivered"),
        DeliveryState.UNCERTAIN: pgettext("delivery", "May not have arrived"),
    }[DeliveryState(delivery.state)]


@register.filter
def is_stuck(delivery: Delivery) -> bool:
    """Whether a person must decide about it."""
    stuck = (DeliveryState.FAILED, DeliveryState.UNCERTAIN)
    return delivery.is_held or delivery.state in stuck


@register.filter
def may_have_arrived(delivery: Delivery) -> bool:
    """Whether "mark as sent" makes sense."""
    return delivery.is_held or delivery.state == DeliveryState.UNCERTAIN


@register.filter
def prose(text: str) -> SafeString:
    """Plain text as paragraphs, escaped, with web addresses as links that open elsewhere."""
    linked = urlize(text.replace("\r\n", "\n").strip(), nofollow=True, autoescape=True)
    linked = linked.replace(
        '<a href="', '<a target="_blank" rel="noopener noreferrer nofollow" href="'
    ).replace(' rel="nofollow">', ">")
    parts = _PARAGRAPH.split(linked)
    return mark_safe("".join(f"<p>{part}</p>".replace("\n", "<br>") for part in parts if part))


@register.filter
def plain(text: str) -> SafeString:
    """Long or quoted text, escaped, lines kept."""
    return mark_safe(escape(text.replace("\r\n", "\n")).replace("\n", "<br>"))


@register.filter
def remote_pictures(html: str) -> int:
    """How many pictures of a letter lie on other sites and are not loaded."""
    return len(_REMOTE.findall(html))


@register.filter
def notice(code: str) -> SafeString:
    """A notice code in plain words."""
    return conditional_escape(str(phrases.notice(code)))


@register.filter
def stamp(at: datetime) -> str:
    """A value for a `datetime-local` field."""
    return at.strftime("%Y-%m-%dT%H:%M")


@register.filter
def last_line(text: str) -> str:
    """The last line of an error: what it was."""
    return text.strip().rpartition("\n")[2][:200]


@register.simple_tag
def field_input(field: BoundField) -> SafeString:
    """A form's field in our look, tied to its help and its errors."""
    kind = getattr(field.field.widget, "input_type", "")
    look = "select" if kind == "select" else "input"
    given = field.field.widget.attrs
    attrs = {} if kind == "checkbox" else {"class": given.get("class", look)}
    if kind == "checkbox":
        attrs["role"] = "switch"
    tied = [f"{field.auto_id}-help"] if field.help_text else []
    if field.errors:
        attrs["aria-invalid"] = "true"
        tied.append(f"{field.auto_id}-error")
    if tied:
        attrs["aria-describedby"] = " ".join(tied)
    return field.as_widget(attrs=attrs)
