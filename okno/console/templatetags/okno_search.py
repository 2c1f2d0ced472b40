"""Parts of search results."""

from urllib.parse import urlencode

from django import template
from django.utils.html import escape, format_html
from django.utils.safestring import SafeString

register = template.Library()


@register.filter
def pieces(found: list[tuple[str, bool]]) -> SafeString:
    """A text in pieces as HTML; the words that were searched for are marked, all is escaped."""
    parts = (format_html("<mark>{}</mark>", text) if yes else escape(text) for text, yes in found)
    return SafeString("".join(parts))


@register.simple_tag
def asked(question: str) -> str:
    """A question as part of an address."""
    return urlencode({"q": question})
