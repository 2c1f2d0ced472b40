"""Outlook's winmail.dat (MS-OXTNEF): the files inside it."""

from __future__ import annotations

import mimetypes
import struct

from okno.kit.mail import charsets, words
from okno.kit.mail.letter import Attachment

_SIGNATURE = 0x223E9F78
_RENDER, _TITLE, _DATA, _PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005
_LONG_NAME = 0x3707
MAX_FILES = 200


def extract(data: bytes) -> list[Attachment]:
    """Attachments of a TNEF stream; empty if it is none or damaged before the first file."""
    if len(data) < 6 or struct.unpack_from("<I", data)[0] != _SIGNATURE:
        return []
    names: list[str] = []
    contents: list[bytes] = []
    position = 6
    while position + 9 <= len(data) and len(contents) <= MAX_FILES:
        level, tag, length = data[position], *struct.unpack_from("<II", data, position + 1)
        start = position + 9
        position = start + length + 2
        if position > len(data):
            break
        attribute = tag & 0xFFFF
        if level != 2:
            continue
        if attribute == _RENDER:
            names.append("")
            contents.append(b"")
        elif names and attribute == _TITLE and not names[-1]:
            names[-1] = charsets.decode(data[start : start + length].split(b"\0")[0])[0]
        elif names and attribute == _DATA:
            contents[-1] = data[start : start + length]
        elif names and attribute == _PROPERTIES:
            names[-1] = _long_name(data[start : start + length]) or names[-1]
    pairs = zip(names, contents, strict=True)
    return [_attachment(name, content) for name, content in pairs if content]


def _attachment(name: str, content: bytes) -> Attachment:
    name = words.one_line(name).replace("/", "_").replace("\\", "_")[:200] or "file.bin"
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Attachment(name, kind, False, "", content)


def _long_name(block: bytes) -> str:
    """PidTagAttachLongFilename of a MAPI property block; found by its tag, in 8 bit or UTF-16."""
    for kind, codec in ((0x1F, "utf-16-le"), (0x1E, "")):
        found = block.find(struct.pack("<HHI", kind, _LONG_NAME, 1))
        if found < 0 or found + 12 > len(block):
            continue
        length = struct.unpack_from("<I", block, found + 8)[0]
        raw = block[found + 12 : found + 12 + min(length, 1_000)]
        text = raw.decode(codec, "replace") if codec else charsets.decode(raw)[0]
        return text.split("\0")[0]
    return ""
