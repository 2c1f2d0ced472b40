"""Japanese as programs really send it: with the characters that NEC and IBM added to the standard.

Mail labels it ISO-2022-JP (RFC 1468) or EUC-JP, but the characters of row 13 and of rows 89 to 92
are only in Microsoft's code pages 50221 and 51932. Python knows these characters in Shift JIS, so
the pairs of bytes are moved there. Importing this module makes the codecs `okno-jis` and
`okno-euc-jp` known.
"""

from __future__ import annotations

import codecs
import re
from typing import Any

JIS, EUC = "okno-jis", "okno-euc-jp"
_ESCAPE = re.compile(rb"\x1b(?:\$\(?[@ABCD]|\([A-Z]|&@)|[\x0e\x0f]")
_TWO = {b"\x1b$@", b"\x1b$B", b"\x1b$(@", b"\x1b$(B"}


def _shifted(first: int, second: int) -> bytes:
    """A JIS X 0208 pair (each 0x21 to 0x7e) as Shift JIS."""
    second += 0x1F if first % 2 else 0x7E
    second += second >= 0x7F and first % 2
    first = (first + 1) // 2 + 0x70
    return bytes((first + 0x40 if first > 0x9F else first, second))


def _pairs(data: bytes, errors: str) -> str:
    """Text of 7-bit pairs; other bytes, such as line ends before the next escape, stay."""
    out: list[bytes] = []
    position = 0
    while position < len(data):
        first = data[position]
        second = data[position + 1] if position + 1 < len(data) else 0
        if 0x21 <= first <= 0x7E and 0x21 <= second <= 0x7E:
            out.append(_shifted(first, second))
            position += 2
        else:
            out.append(data[position : position + 1])
            position += 1
    return b"".join(out).decode("cp932", errors)


def _jis(given: Any, errors: str = "strict") -> tuple[str, int]:
    data = bytes(given)  # Python gives any kind of buffer
    out: list[str] = []
    mode, position = b"\x1b(B", 0
    for found in _ESCAPE.finditer(data):
        out.append(_piece(data[position : found.start()], mode, errors))
        # Shift in and out choose half-width katakana and what was before.
        mode = {b"\x0e": b"\x1b(I", b"\x0f": b"\x1b(B"}.get(found.group(), found.group())
        position = found.end()
    out.append(_piece(data[position:], mode, errors))
    return "".join(out), len(data)


def _piece(data: bytes, mode: bytes, errors: str) -> str:
    if not data:
        return ""
    if mode in _TWO:
        return _pairs(data, errors)
    if mode == b"\x1b$(D":  # JIS X 0212
        high = [bytes((0x8F, *data[at : at + 2])) for at in range(0, len(data) - 1, 2)]
        return b"".join(bytes(b | 0x80 if b > 32 else b for b in each) for each in high).decode(
            "euc_jp", "replace"
        )
    if mode == b"\x1b(I":
        return bytes(b | 0x80 if 0x21 <= b <= 0x5F else b for b in data).decode("cp932", errors)
    return data.decode("cp932" if _only_kana(data) else "ascii", errors)


def _only_kana(data: bytes) -> bool:
    """Eight-bit half-width katakana, which no other high byte may accompany."""
    return not data.translate(None, bytes([*range(0x80), *range(0xA1, 0xE0)]))


def _euc(given: Any, errors: str = "strict") -> tuple[str, int]:
    data = bytes(given)  # Python gives any kind of buffer
    out: list[str] = []
    for found in re.finditer(rb"[\x00-\x7f]+|((?:[\xa1-\xfe]{2})+)|\x8e.|\x8f..|.", data, re.S):
        piece = found.group()
        if found.group(1):
            out.append(_pairs(bytes(b & 0x7F for b in piece), errors))
        elif piece[0] == 0x8E and len(piece) == 2:
            out.append(piece[1:].decode("cp932", errors))
        else:
            out.append(piece.decode("euc_jp", errors))
    return "".join(out), len(data)


def _find(name: str) -> codecs.CodecInfo | None:
    decode = {"okno_jis": _jis, "okno_euc_jp": _euc}.get(name.replace("-", "_"))
    if decode is None:
        return None
    encode = codecs.lookup("iso2022_jp_ext" if decode is _jis else "euc_jp").encode
    return codecs.CodecInfo(encode, decode, name=name)


codecs.register(_find)
