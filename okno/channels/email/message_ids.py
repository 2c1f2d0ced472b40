"""The Message-ID of raw bytes, found cheaply: doors need it before anything is parsed."""

import re

HEADER_BLOCK = 256 * 1024
_END = re.compile(rb"\n\r?\n")
_FIELD = re.compile(rb"(?:^|\n)message-id[ \t]*:((?:[^\n]|\n[ \t])*)", re.I)
_ID = re.compile(rb"<[^<>]*>")


def message_id_of(raw: bytes) -> str:
    """The first Message-ID in the header block (at most 256 kB are looked at), with its brackets;
    "" when there is none. Only printable ASCII, at most 255 characters. RFC 5322 section 3.6.4."""
    block = raw[:HEADER_BLOCK]
    end = _END.search(block)
    found = _FIELD.search(block, 0, end.start() if end else len(block))
    if found is None:
        return ""
    inner = _ID.search(found[1])
    text = (inner[0] if inner else found[1]).decode("ascii", "replace")
    return "".join(c for c in text if "!" <= c <= "~")[:255]
