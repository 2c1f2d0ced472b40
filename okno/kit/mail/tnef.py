"""Outlook's winmail.dat (MS-OXTNEF): the text and the files inside it."""

from __future__ import annotations

import mimetypes
import struct
from dataclasses import dataclass, field

from okno.kit.mail import charsets, rtf, words
from okno.kit.mail.letter import Attachment

_SIGNATURE = 0x223E9F78
_RENDER, _TITLE, _DATA, _FILE_PROPERTIES = 0x9002, 0x8010, 0x800F, 0x9005
_CODEPAGE, _BODY, _PROPERTIES = 0x9007, 0x800C, 0x9003
# Properties by their ids (MS-OXPROPS).
_TEXT, _RTF, _HTML, _HTML_CODEPAGE = 0x1000, 0x1009, 0x1013, 0x3FDE
_LONG_NAME, _FILE_DATA, _CONTENT_ID = 0x3707, 0x3701, 0x3712
_FIXED = {2: 4, 3: 4, 4: 4, 5: 8, 6: 8, 7: 8, 10: 4, 11: 4, 20: 8, 64: 8, 72: 16}
_STRING, _UNICODE, _OBJECT, _BINARY = 0x1E, 0x1F, 0x0D, 0x102
MAX_FILES = 200
MAX_PROPERTIES = 2_000


@dataclass(slots=True)
class Inside:
    """What a TNEF stream holds; text and HTML are "" where it has none."""

    text: str = ""
    html: str = ""
    files: list[Attachment] = field(default_factory=list)


@dataclass(slots=True)
class _File:
    name: str = ""
    content_id: str = ""
    data: bytes = b""


def extract(data: bytes) -> Inside | None:
    """What is in a TNEF stream, as far as it is whole; None if it is none."""
    if len(data) < 6 or struct.unpack_from("<I", data)[0] != _SIGNATURE:
        return None
    inside, files, codepage, position = Inside(), list[_File](), "", 6
    while position + 9 <= len(data) and len(files) <= MAX_FILES:
        level, tag, length = data[position], *struct.unpack_from("<II", data, position + 1)
        start = position + 9
        position = start + length + 2
        if position > len(data):
            break
        value, attribute = data[start : start + length], tag & 0xFFFF
        if level == 2:
            _file(files, attribute, value, codepage)
        elif attribute == _CODEPAGE and length >= 4:
            codepage = f"cp{struct.unpack_from('<I', value)[0]}"
        elif attribute == _BODY:
            inside.text = inside.text or _text(value, codepage)
        elif attribute == _PROPERTIES:
            _message(inside, _properties(value), codepage)
    inside.files = [_attachment(each) for each in files if each.data]
    return inside


def _file(files: list[_File], attribute: int, value: bytes, codepage: str) -> None:
    if attribute == _RENDER:
        files.append(_File())
    elif not files:
        return
    elif attribute == _TITLE and not files[-1].name:
        files[-1].name = _text(value, codepage)
    elif attribute == _DATA:
        files[-1].data = value
    elif attribute == _FILE_PROPERTIES:
        own = _properties(value)
        files[-1].name = _string(own, _LONG_NAME, codepage) or files[-1].name
        files[-1].content_id = _string(own, _CONTENT_ID, codepage).strip("<>")
        files[-1].data = files[-1].data or own.get(_FILE_DATA, (0, b""))[1]


def _message(inside: Inside, own: dict[int, tuple[int, bytes]], codepage: str) -> None:
    """Text and HTML of the message's properties; RTF is read where there is nothing else."""
    inside.text = _string(own, _TEXT, codepage) or inside.text
    kind, html = own.get(_HTML, (0, b""))
    if kind == _BINARY:
        number = struct.unpack("<I", own[_HTML_CODEPAGE][1][:4])[0] if _HTML_CODEPAGE in own else 0
        label = "utf-8" if number == 65001 else f"cp{number}" if number else ""
        inside.html = charsets.decode(html, label, is_html=True)[0]
    elif html:
        inside.html = _string(own, _HTML, codepage)
    found = rtf.read(rtf.decompressed(own[_RTF][1])) if _RTF in own else None
    if found and found[1]:
        inside.html = inside.html or found[0]
    elif found:
        inside.text = inside.text or found[0]


def _string(own: dict[int, tuple[int, bytes]], name: int, codepage: str) -> str:
    kind, value = own.get(name, (0, b""))
    if kind == _UNICODE:
        return value.decode("utf-16-le", "replace").split("\0")[0]
    return _text(value, codepage) if kind == _STRING else ""


def _text(value: bytes, codepage: str) -> str:
    known = charsets.codec_for(codepage) is not None
    return charsets.decode(value.split(b"\0")[0], codepage if known else "")[0]


def _properties(block: bytes) -> dict[int, tuple[int, bytes]]:
    """(type, value) by id of a list of properties (MS-OXTNEF, 2.1.3.4), as far as it is whole."""
    found: dict[int, tuple[int, bytes]] = {}
    try:
        count, position = struct.unpack_from("<I", block)[0], 4
        for _ in range(min(count, MAX_PROPERTIES)):
            kind, name = struct.unpack_from("<HH", block, position)
            position = _after_name(block, position + 4, name)
            values = 1
            if kind & 0x1000 or kind in (_STRING, _UNICODE, _OBJECT, _BINARY):
                values, position = struct.unpack_from("<I", block, position)[0], position + 4
            for _ in range(min(values, MAX_PROPERTIES)):
                value, position = _value(block, position, kind & 0xFFF)
                found.setdefault(name, (kind, value))
    except (struct.error, KeyError):
        pass  # cut, or of a type that nobody writes: what was read is kept
    return found


def _after_name(block: bytes, position: int, name: int) -> int:
    """Passes over the name of a named property."""
    if name < 0x8000:
        return position
    if struct.unpack_from("<I", block, position + 16)[0] == 0:
        return position + 24
    length = int(struct.unpack_from("<I", block, position + 20)[0])
    return position + 24 + length + -length % 4


def _value(block: bytes, position: int, kind: int) -> tuple[bytes, int]:
    if kind in _FIXED:
        size = _FIXED[kind]
        return block[position : position + size], position + size
    if kind not in (_STRING, _UNICODE, _OBJECT, _BINARY):
        raise KeyError(kind)
    length = struct.unpack_from("<I", block, position)[0]
    position += 4
    if position + length > len(block):
        raise struct.error
    return block[position : position + length], position + length + -length % 4


def _attachment(file: _File) -> Attachment:
    name = words.short_name(words.one_line(file.name).replace("/", "_").replace("\\", "_"))
    name = name or "file.bin"
    kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
    return Attachment(name, kind, bool(file.content_id), file.content_id, file.data)
