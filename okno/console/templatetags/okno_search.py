"""Parts of search results."""

from urllib.parse import urlencode

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString
from django.utils.translation import get_language

from okno.desk.search.completing import Offer, offers
from okno.spine import SYSTEM

register = template.Library()


@register.filter
def pieces(found: list[tuple[str, bool]]) -> SafeString:
    """A text in pieces as HTML; the words that were searched for are marked, all is escaped."""
    parts = (format_html("<mark>{}</mark>", text) if yes else escape(text) for text, yes in found)
    return SafeString("".join(parts))


@register.simple_tag
def first_offers() -> list[Offer]:
    """The operators, for a box in which nothing stands yet."""
    return offers(SYSTEM, "", is_russian=(get_language() or "").startswith("ru"))


@register.simple_tag
def asked(question: str) -> str:
    """A question as part of an address."""
    return urlencode({"q": question})
