"""What is inside an opaque S/MIME part (RFC 8551, section 3.5.2): read, never verified.

Outlook sends signed letters so, and then the whole letter is inside. Only the way to the content
is read of the message syntax (RFC 5652), in DER or BER; nothing is checked, so the letter is shown
with a word that nobody has vouched for it.
"""

from __future__ import annotations

import re
import zlib
from collections.abc import Iterator

from okno.kit.mail import words

MAX_CONTENT = 32 * 1024 * 1024
MAX_NESTING = 30
_SIGNED = bytes.fromhex("2a864886f70d010702")
_ENVELOPED = bytes.fromhex("2a864886f70d010703")
_AUTH_ENVELOPED = bytes.fromhex("2a864886f70d0109100117")
_COMPRESSED = bytes.fromhex("2a864886f70d0109100109")
_OID, _OCTETS, _SEQUENCE, _EXPLICIT = 0x06, 0x04, 0x30, 0xA0
_ARMOUR = re.compile(rb"-----BEGIN [A-Z0-9 ]{3,20}-----\s+([A-Za-z0-9+/=\s]+)-----END ")
_BASE64 = re.compile(rb"\s*MI[A-Za-z0-9+/=\s]+\Z")


class _Bad(Exception):
    """Not what the standard says, or over a limit."""


def content(data: bytes) -> bytes | None:
    """The MIME entity inside signed or compressed data; None if there is none to be read."""
    try:
        kind, inner = _kind(data)
        if kind == _COMPRESSED:
            return _inflated(_octets(_content_of(inner, 2)))
        return _octets(_content_of(inner, 2)) if kind == _SIGNED else None
    except (_Bad, zlib.error):
        return None


def is_encrypted(data: bytes) -> bool:
    """Whether it is enveloped data, which only the owner of the key can read."""
    try:
        return _kind(data)[0] in (_ENVELOPED, _AUTH_ENVELOPED)
    except _Bad:
        return False


def _kind(data: bytes) -> tuple[bytes, bytes]:
    """Object identifier and content of a ContentInfo (RFC 5652, section 3)."""
    if armour := _ARMOUR.search(data[:MAX_CONTENT]):
        data = words.unbase64(armour.group(1))
    elif _BASE64.match(data):  # encoded twice, or without its transfer encoding
        data = words.unbase64(data)
    outer = _first(data, _SEQUENCE)
    members = list(_members(outer, 2))
    if len(members) < 2 or members[0][0] != _OID or members[1][0] != _EXPLICIT:
        raise _Bad
    return members[0][1], _first(members[1][1], _SEQUENCE)


def _content_of(inner: bytes, place: int) -> bytes:
    """The eContent of the EncapsulatedContentInfo that is the member `place`."""
    members = list(_members(inner, place + 1))
    if len(members) <= place or members[place][0] != _SEQUENCE:
        raise _Bad
    named = list(_members(members[place][1], 2))
    if len(named) < 2 or named[1][0] != _EXPLICIT:
        raise _Bad  # a detached signature has no content
    return named[1][1]


def _octets(data: bytes, depth: int = 0) -> bytes:
    """The bytes of an OCTET STRING, put together when it comes in pieces."""
    if depth > MAX_NESTING:
        raise _Bad
    out: list[bytes] = []
    for tag, value in _members(data, 1_000_000):
        if tag == _OCTETS:
            out.append(value)
        elif tag == _OCTETS | 0x20:
            out.append(_octets(value, depth + 1))
        else:
            raise _Bad
    return b"".join(out)


def _inflated(data: bytes) -> bytes:
    machine = zlib.decompressobj()
    plain = machine.decompress(data, MAX_CONTENT)
    if machine.unconsumed_tail:
        raise _Bad
    return plain


def _first(data: bytes, tag: int) -> bytes:
    for found, value in _members(data, 1):
        if found == tag:
            return value
    raise _Bad


def _members(data: bytes, most: int) -> Iterator[tuple[int, bytes]]:
    """Tag and value of up to `most` elements in a row."""
    position = 0
    while position < len(data) and most:
        if data[position : position + 2] == b"\0\0":  # end of an indefinite length
            return
        start, end, after = _span(data, position, 0)
        yield data[position], data[start:end]
        position, most = after, most - 1


def _span(data: bytes, position: int, depth: int) -> tuple[int, int, int]:
    """Where the value of the element at `position` starts and ends, and where the next begins."""
    if depth > MAX_NESTING or position + 2 > len(data) or data[position] & 0x1F == 0x1F:
        raise _Bad
    length, start = data[position + 1], position + 2
    if length == 0x80:
        at = start
        while data[at : at + 2] != b"\0\0":
            at = _span(data, at, depth + 1)[2]
        return start, at, at + 2
    if length > 0x80:
        count = length & 0x7F
        if count > 4:
            raise _Bad
        length = int.from_bytes(data[start : start + count], "big")
        start += count
    if start + length > len(data):
        raise _Bad
    return start, start + length, start + length
