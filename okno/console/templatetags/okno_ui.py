"""The small parts of every page: icons, avatars, chips, times."""

import re
from collections.abc import Iterable
from datetime import datetime

from django import template
from django.forms import BoundField
from django.utils.html import conditional_escape, escape, format_html
from django.utils.safestring import SafeString, mark_safe
from django.utils.text import Truncator
from django.utils.translation import pgettext

from okno.console import phrases, when
from okno.console.avatars import avatar, face
from okno.console.marks import called, channel_icon, instant, or_address, state_chip, time_left
from okno.desk.contract import DeliveryState, Medium
from okno.desk.models import Delivery
from okno.kit import clock
from okno.kit.html import with_links
from okno.kit.icons import icon, mark
from okno.kit.previews import has_preview

register = template.Library()
for shared in (has_preview, called, or_address, channel_icon):
    register.filter(shared)
for drawn in (icon, mark, avatar, face, state_chip, time_left, instant):
    register.simple_tag(drawn)
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
    if delivery.state == DeliveryState.SENT and delivery.medium == Medium.FORM:
        return pgettext("delivery", "Shown")
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
def numbers(found: Iterable[int]) -> str:
    """Numbers of conversations as people write them."""
    return ", ".join(f"#{number}" for number in sorted(found))


@register.filter
def goes_to(delivery: Delivery) -> str:
    """Where a delivery goes: an address, or the page of a request."""
    if delivery.medium == Medium.FORM:
        return pgettext("delivery", "on the request's page")
    return called(delivery.address)


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
def prose(text: str, most: int = 0) -> SafeString:
    """Plain text as paragraphs, escaped, with web addresses as links that open elsewhere; cut at
    `most` characters if given."""
    if most and len(text) > most:
        text = Truncator(text).chars(most)
    linked = with_links(text.replace("\r\n", "\n").strip())
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
