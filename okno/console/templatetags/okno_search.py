"""Parts of search results."""

from urllib.parse import urlencode

from django import template
from django.utils.translation import get_language

from okno.console.marks import pieces
from okno.console.rows import listed
from okno.desk.search.completing import Offer, offers
from okno.spine import SYSTEM

register = template.Library()
register.filter(pieces)
register.simple_tag(listed, name="listed_rows")


@register.simple_tag
def first_offers() -> list[Offer]:
    """The operators, for a box in which nothing stands yet."""
    return offers(SYSTEM, "", is_russian=(get_language() or "").startswith("ru"))


@register.simple_tag
def asked(question: str) -> str:
    """A question as part of an address."""
    return urlencode({"q": question})
