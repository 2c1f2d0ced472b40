"""Text of RTF, as Outlook keeps it in winmail.dat and some programs send it as a body.

RTF made from HTML (MS-OXRTFEX) gives back its HTML. One pass over the tokens; what is not text
(fonts, pictures, fields' instructions) is passed over.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from okno.kit.mail import charsets

MAX_RTF = 2_000_000
MAX_GROUPS = 500
_TOKEN = re.compile(
    rb"\\([a-z]{1,32})(-?\d{1,10})? ?|\\'([0-9a-f]{2})|\\(.)|([{}])|[\r\n]+|([^\\{}\r\n]+)",
    re.I | re.S,
)
_UNSEEN = set(
    b"fonttbl colortbl stylesheet info pict object header footer headerl headerr footerl footerr "
    b"footnote annotation filetbl listtable listoverridetable revtbl rsidtbl generator themedata "
    b"datastore fldinst latentstyles mmathPr xmlnstbl".split()
)
_SIGNS = {
    b"par": "\n", b"line": "\n", b"row": "\n", b"sect": "\n", b"page": "\n", b"tab": "\t",
    b"cell": "\t", b"emdash": "—", b"endash": "–", b"lquote": "‘", b"rquote": "’",
    b"ldblquote": "“", b"rdblquote": "”", b"bullet": "•", b"emspace": " ", b"enspace": " ",
}  # fmt: skip
# Of fonts: RTF 1.9.1, \fcharsetN.
_CHARSETS = {
    0: "cp1252", 77: "mac-roman", 128: "cp932", 129: "cp949", 134: "gb18030", 136: "cp950",
    161: "cp1253", 162: "cp1254", 163: "cp1258", 177: "cp1255", 178: "cp1256", 186: "cp1257",
    204: "cp1251", 222: "cp874", 238: "cp1250",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class _State:
    """What a group inherits."""

    unseen: bool = False
    in_fonts: bool = False
    in_tag: bool = False
    skipped: bool = False
    codec: str = ""
    after_unicode: int = 1


class _Reader:
    def __init__(self) -> None:
        self.out: list[str] = []
        self.bytes: list[bytes] = []
        self.state, self.stack = _State(), [_State()]
        self.codec, self.fonts, self.font = "cp1252", dict[int, str](), 0
        self.is_html = self.starred = False
        self.swallow = 0

    def flush(self) -> None:
        """Bytes of one charset that came in a row: a character may have two."""
        if self.bytes:
            codec = charsets.codec_for(self.state.codec or self.codec) or "cp1252"
            self.out.append(b"".join(self.bytes).decode(codec, "replace"))
            self.bytes = []

    @property
    def is_seen(self) -> bool:
        state = self.state
        return not (state.unseen or (self.is_html and state.skipped and not state.in_tag))

    def put(self, data: bytes) -> None:
        if self.swallow:
            taken = min(self.swallow, len(data))
            self.swallow, data = self.swallow - taken, data[taken:]
        if data and self.is_seen:
            self.bytes.append(data)

    def sign(self, text: str) -> None:
        if self.is_seen:
            self.flush()
            self.out.append(text)

    def brace(self, mark: bytes) -> None:
        self.flush()
        self.swallow = 0
        if mark == b"{":
            if len(self.stack) < MAX_GROUPS:
                self.stack.append(self.state)
        elif len(self.stack) > 1:
            self.state = self.stack.pop()

    def word(self, name: bytes, number: int | None) -> None:
        starred, self.starred = self.starred, False
        if name == b"htmltag":
            self._set(in_tag=True, unseen=not self.is_html)
        elif name in _UNSEEN or starred:
            self._set(unseen=True, in_fonts=self.state.in_fonts or name == b"fonttbl")
        elif name == b"htmlrtf":
            self._set(skipped=number != 0)
        elif name == b"fromhtml":
            self.is_html = True
        elif name == b"u" and number is not None:
            self.swallow = 0
            self.sign(chr(number & 0xFFFF))
            self.swallow = self.state.after_unicode
        elif name == b"uc":
            self._set(after_unicode=min(number or 0, 10))
        elif name in _SIGNS:
            # In RTF made from HTML only what is no HTML ends lines so.
            self.sign(_SIGNS[name])
        else:
            self._font(name, number)

    def _font(self, name: bytes, number: int | None) -> None:
        if name == b"ansicpg" and number:
            self.codec = {65001: "utf-8", 10000: "mac-roman"}.get(number, f"cp{number}")
        elif name == b"f" and number is not None:
            self.font = number
            if not self.state.in_fonts:
                self._set(codec=self.fonts.get(number, ""))
        elif name == b"fcharset" and self.state.in_fonts and number:
            self.fonts[self.font] = _CHARSETS.get(number, "")

    def _set(self, **changes: object) -> None:
        self.flush()
        self.state = replace(self.state, **changes)  # type: ignore[arg-type]


def read(data: bytes) -> tuple[str, bool] | None:
    """(text, whether it is HTML) of an RTF document; None if it is none."""
    start = data[:200].find(b"{\\rtf")
    if start < 0:
        return None
    reader = _Reader()
    for token in _TOKEN.finditer(data[start : start + MAX_RTF]):
        word, number, byte, sign, brace, text = token.groups()
        if word:
            reader.word(word, int(number) if number else None)
        elif byte:
            reader.put(bytes((int(byte, 16),)))
        elif sign:
            _signed(reader, sign)
        elif brace:
            reader.brace(brace)
        elif text:
            reader.put(text)
    reader.flush()
    whole = "".join(reader.out).encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
    return whole, reader.is_html


def _signed(reader: _Reader, sign: bytes) -> None:
    if sign == b"*":
        reader.starred = True
    elif sign == b"~":
        reader.sign("\xa0")
    elif sign == b"_":
        reader.sign("-")
    elif sign in b"\r\n":
        reader.sign("\n")
    elif sign in b"\\{}":
        reader.put(sign)


_START = (
    b"{\\rtf1\\ansi\\mac\\deff0\\deftab720{\\fonttbl;}{\\f0\\fnil \\froman \\fswiss \\fmodern "
    b"\\fscript \\fdecor MS Sans SerifSymbolArialTimes New RomanCourier{\\colortbl\\red0\\green0"
    b"\\blue0\r\n\\par \\pard\\plain\\f0\\fs20\\b\\i\\u\\tab\\tx"
)


def decompressed(data: bytes) -> bytes:
    """RTF of PidTagRtfCompressed (MS-OXRTFCP); b"" if it is none. At most MAX_RTF bytes."""
    if len(data) < 16:
        return b""
    size, kind = int.from_bytes(data[4:8], "little"), data[8:12]
    if kind == b"MELA":
        return data[16 : 16 + min(size, MAX_RTF)]
    if kind != b"LZFu":
        return b""
    out = bytearray(_START)
    most, position, start = len(_START) + min(size, MAX_RTF), 16, len(_START)
    while position < len(data) and len(out) < most:
        flags, position = data[position], position + 1
        for bit in range(8):
            if flags >> bit & 1:
                pair = int.from_bytes(data[position : position + 2], "big")
                position += 2
                offset, length = pair >> 4, (pair & 15) + 2
                distance = (len(out) - offset) % 4096
                if distance == 0 or position > len(data) or distance > len(out):
                    return bytes(out[start:most])  # the mark of the end, or a damaged one
                for _ in range(length):
                    out.append(out[-distance])
            elif position < len(data):
                out.append(data[position])
                position += 1
    return bytes(out[start:most])
