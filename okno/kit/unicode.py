"""Words from outside as Unicode that every database, page and log takes.

JSON may name half of a surrogate pair (RFC 8259 section 8.2; scripts that cut a text in the middle
of an emoji send it), which UTF-8 cannot write; PostgreSQL takes no NUL in a text.
"""

import json
import math
import re
from typing import Any

_SURROGATE = re.compile("[\ud800-\udfff]")
REPLACEMENT = "\ufffd"


def clean(text: str) -> str:
    """The text without NUL, lone surrogates replaced (U+FFFD, Unicode section 3.9)."""
    text = text.replace("\0", "")
    return text if text.isascii() else _SURROGATE.sub(REPLACEMENT, text)


def clean_all(value: Any) -> Any:
    """The same for every text in a value made of JSON, names of members too."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, list):
        return [clean_all(one) for one in value]
    if isinstance(value, dict):
        return {clean_all(name): clean_all(one) for name, one in value.items()}
    return value


def read_json(body: bytes | str) -> Any:
    """The value of a JSON text from outside, clean; raises ValueError for anything else, also for
    numbers that JSON does not know and for what is nested too deeply to be read."""
    try:
        return clean_all(json.loads(body, parse_constant=_refuse, parse_float=_finite))
    except RecursionError:
        raise ValueError("nested too deeply") from None


def _refuse(word: str) -> None:
    raise ValueError(f"{word} is not JSON")


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("a number is too large")
    return value
