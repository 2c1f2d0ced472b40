"""Numbers that come from outside: in addresses, forms, headers and keys of pages."""

from django.urls.converters import IntConverter

# What fits a database's 64 bits, whatever the digits are.
MOST_DIGITS = 18


def identifier(text: str | bytes | None) -> int | None:
    """The number written in plain digits, spaces around it aside; None for anything else.

    The one way to read a number that somebody gave us: "²" and "٣" are digits for Python too, but
    the first is no number for `int`, and many digits fit no column.
    """
    if isinstance(text, bytes):
        text = text.decode("latin-1")
    text = (text or "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS else None


class IdConverter(IntConverter):
    """`<id:...>` in an address: a number that `identifier` reads. `config.apps` makes it known."""

    regex = f"[0-9]{{1,{MOST_DIGITS}}}"
