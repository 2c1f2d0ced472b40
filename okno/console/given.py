"""What stands in an address or a form, read in one way."""

from django.http import HttpRequest, QueryDict

# Ids fit a database's 64 bits.
MOST_DIGITS = 18


def number_of(text: str | None) -> int | None:
    """A number in plain digits; None for anything else ("²" and "٣" are digits for Python too)."""
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None


def clean(request: HttpRequest) -> None:
    """Take U+0000 out of the address and the form: PostgreSQL keeps and compares no such text, and
    nobody types it."""
    request.GET = _without_nul(request.GET)  # type: ignore[assignment]
    if request.method == "POST":
        request.POST = _without_nul(request.POST)  # type: ignore[assignment]


def _without_nul(given: QueryDict) -> QueryDict:
    if not any("\0" in value for values in given.lists() for value in values[1]):
        return given
    cleaned = given.copy()
    for name, values in given.lists():
        cleaned.setlist(name, [value.replace("\0", "") for value in values])
    return cleaned
