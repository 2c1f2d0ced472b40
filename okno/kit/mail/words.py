"""Text of header values: RFC 2047 encoded words, including the broken ones people send."""

from __future__ import annotations

import binascii
import re

from okno.kit.mail import charsets

_WORD = re.compile(
    r"=\?([^?\s]{1,60})\?(?:[bB]\?([^?]*)(?:\?=|$)|[qQ]\?"
    r"((?:[^=]|=(?!\?[^?\s]{1,60}\?[bBqQ]\?)){0,2000}?)\?=(?!=?[0-9A-F]{2}))"
)
_SPACE = re.compile(r"\s+")
# Bidirectional overrides reverse what people read in names, subjects and file names.
_UNSEEN = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A), 0x200B, 0x200E, 0x200F])


def text(raw: bytes) -> str:
    """Readable text of a raw header value: decoded, one line, no control characters."""
    return one_line(decode_words(charsets.decode(raw)[0])) if raw else ""


def one_line(value: str) -> str:
    """Collapse white space and drop control and direction characters."""
    if not value.isascii():
        value = value.translate(_UNSEEN)
    return _SPACE.sub(" ", charsets.normalise(value)).strip()


def has_unseen(value: str) -> bool:
    """Whether it holds characters that turn its direction or are not seen."""
    return not value.isascii() and any(ord(character) in _UNSEEN for character in value)


MAX_NAME = 200
_KEPT_END = 40


def short_name(name: str) -> str:
    """A file's name of at most MAX_NAME characters, cut in the middle: its ending says its kind."""
    if len(name) <= MAX_NAME:
        return name
    return name[: MAX_NAME - _KEPT_END - 1].rstrip() + "…" + name[-_KEPT_END:]


def decode_words(value: str) -> str:
    """Decode encoded words; neighbours of one charset are joined as bytes first.

    Many programs split a multi-byte character between two words (against RFC 2047, section 5).
    """
    if "=?" not in value:
        return value
    out: list[str] = []
    pending, charset, position = b"", "", 0
    for match in _WORD.finditer(value):
        between = value[position : match.start()]
        if between.strip() or not pending or match.group(1).lower() != charset:
            if pending:
                out.append(charsets.decode(pending, charset)[0])
            if between.strip() or not pending:
                out.append(between)
            pending = b""
        charset = match.group(1).split("*")[0].lower()  # RFC 2231, section 5: charset*language
        pending += _bytes(match)
        position = match.end()
    if pending:
        out.append(charsets.decode(pending, charset)[0])
    out.append(value[position:])
    return "".join(out)


def _bytes(match: re.Match[str]) -> bytes:
    if match.group(2) is not None:
        return unbase64(match.group(2).encode("ascii", "ignore"))
    quoted = match.group(3).replace("_", "=20").encode("utf-8", "replace")
    return binascii.a2b_qp(quoted)


BASE64_ALPHABET = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/=\r\n"
_NOT_BASE64 = bytes(set(range(256)) - set(BASE64_ALPHABET.rstrip(b"=\r\n")))


def unbase64(data: bytes) -> bytes:
    """Decode base64 with missing padding, foreign characters, a cut end, or padding inside."""
    padding = data.find(b"=")
    if padding >= 0 and data[padding:].strip(b"= \t\r\n-"):
        # Some programs encode line by line, each with its own padding.
        return b"".join(_unpadded(piece) for piece in re.split(rb"=+", data))
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        return _unpadded(data)


def _unpadded(data: bytes) -> bytes:
    clean = data.translate(None, _NOT_BASE64)
    clean = clean[:-1] if len(clean) % 4 == 1 else clean
    return binascii.a2b_base64(clean + b"=" * (-len(clean) % 4))
