"""Bytes of unknown honesty to text: declared charset, else UTF-8, else a guess."""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

# What mail programs write for charsets that Python knows by another name. Western and East Asian
# names are widened to the superset that the programs really send (WHATWG Encoding, section 4.2).
ALIASES = {
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "iso_8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "l1": "cp1252",
    "x-ansi": "cp1252",
    "ansi": "cp1252",
    "iso-8859-9": "cp1254",
    "iso-8859-8-i": "iso8859-8",
    "iso-8859-8-e": "iso8859-8",
    "iso-8859-6-i": "iso8859-6",
    "x-mac-cyrillic": "mac_cyrillic",
    "x-cp1251": "cp1251",
    "win-1251": "cp1251",
    "win1251": "cp1251",
    "koi8r": "koi8-r",
    "x-koi8-r": "koi8-r",
    "gb2312": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "gb2312_charset": "gb18030",
    "cn-gb": "gb18030",
    "ks_c_5601-1987": "cp949",
    "euc-kr": "cp949",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "cswindows31j": "cp932",
    "big5": "cp950",
    "big-5": "cp950",
    "x-big5": "cp950",
    "utf8mb4": "utf-8",
    "utf-8mb4": "utf-8",
    "unicode-1-1-utf-8": "utf-8",
    "x-user-defined": "",
    "us-ascii": "",
    "ascii": "",
    "ansi_x3.4-1968": "",
    "646": "",
    "7bit": "",
    "8bit": "",
    "unknown-8bit": "",
    "x-unknown": "",
    "unknown": "",
    "default": "",
    "default_charset": "",
    "binary": "",
}
# UTF-7 hides markup from every filter; the others are no charsets of mail or quadratic to decode.
REFUSED = {
    "utf-7",
    "utf_7",
    "idna",
    "punycode",
    "unicode_escape",
    "raw_unicode_escape",
    "undefined",
    "mbcs",
    "oem",
    "palmos",
}
_CYRILLIC = ("cp1251", "koi8-r", "iso8859-5", "cp866")
_EIGHT_BIT = re.compile(r"iso8859|cp(?:125\d|866|85\d|437)$|koi8|mac")
_WESTERN = ("iso8859-1", "iso8859-15", "cp1252")
_COMMON = frozenset("оеаинтсрвлкмдпуіыьзбя")
_LONE_CR = re.compile(r"\r\n?")


@lru_cache(maxsize=256)
def codec_for(charset: str) -> str | None:
    """Python's codec name for a declared charset; "" means guess; None means unknown or refused."""
    name = charset.strip().strip("\"'").lower()[:40]
    if not name:
        return ""
    name = ALIASES.get(name, name)
    if not name:
        return ""
    name = re.sub(r"^(?:cp|windows|win|x-cp)[-_ ]?(\d{3,4})$", r"cp\1", name)
    if name in REFUSED or "\0" in name:
        return None
    try:
        info = codecs.lookup(name)
    except (LookupError, ValueError):
        return None
    if info.name in REFUSED or not getattr(info, "_is_text_encoding", False):
        return None
    return info.name


def decode(data: bytes, charset: str = "") -> tuple[str, bool]:
    """Text of `data` and whether the declared charset was known. Never raises."""
    codec = codec_for(charset)
    known = codec is not None
    if (
        data.isascii()
        and codec not in ("hz", "utf-16", "utf-16-le", "utf-16-be", "utf-32")
        and b"\x1b" not in data
    ):
        return data.decode("ascii"), known
    for name in (_true_codec(data, codec), codec, "utf-8-sig"):
        if not name:
            continue
        try:
            return data.decode(name), known
        except (UnicodeError, ValueError, LookupError):
            continue
    if codec == "utf-8" and _mostly_utf8(data):
        return data.decode("utf-8", "replace"), known
    if codec and codec not in ("utf-8", "ascii"):
        return data.decode(codec, "replace"), known
    return guess(data), known


def _true_codec(data: bytes, codec: str | None) -> str | None:
    """What text really is that was sent under the name of another 8-bit charset: UTF-8, which no
    8-bit text looks like by chance, or Cyrillic called Western, as old web scripts call it."""
    if not codec or not _EIGHT_BIT.match(codec):
        return None
    try:
        data.decode("utf-8")
        return "utf-8"
    except UnicodeError:
        pass
    sample = data[:20_000]
    high = sum(map(len, re.findall(rb"[\x80-\xff]+", sample)))
    letters = high + len(re.findall(rb"[A-Za-z]", sample))
    if codec not in _WESTERN or high < 8 or high < 0.6 * letters:
        return None
    scores = {name: _cyrillic_score(sample, name) for name in _CYRILLIC}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] >= 0.5 else None


def _mostly_utf8(data: bytes) -> bool:
    """A cut or slightly damaged UTF-8 text, not another charset under a false name."""
    bad = data.decode("utf-8", "replace").count("\ufffd")
    high = len(data) - len(data.translate(None, bytes(range(128, 256))))
    return bad * 10 <= high or bad <= 1


def guess(data: bytes) -> str:
    """Decode 8-bit text without a declared charset: Cyrillic code pages, East Asian, else Western.

    Russian letters come in runs, Western accents stand alone among ASCII letters.
    """
    sample = data[:20_000]
    if b"\x1b$" in sample or b"\x1b(" in sample:
        return data.decode("iso2022_jp_ext", "replace")
    runs = re.findall(rb"[\x80-\xff]+", sample)
    longest = max(map(len, runs), default=0)
    if longest < 3:
        return data.decode("cp1252", "replace")
    scores = {name: _cyrillic_score(sample, name) for name in _CYRILLIC}
    best = max(scores, key=lambda name: scores[name])
    if scores[best] >= 0.35:
        return data.decode(best, "replace")
    for name in ("gb18030", "cp932", "cp949"):
        try:
            return data.decode(name)
        except UnicodeError:
            continue
    return data.decode("cp1252", "replace")


def _cyrillic_score(sample: bytes, codec: str) -> float:
    text = sample.decode(codec, "replace")
    high = [char for char in text if char > "\x7f"]
    if not high:
        return 0.0
    common = sum(char in _COMMON for char in high)
    upper_inside = len(re.findall(r"[а-яё][А-ЯЁ]", text))
    return (common - 2 * upper_inside) / len(high)


def normalise(text: str) -> str:
    """One kind of line end, no NUL and no other control characters but tab and newline."""
    text = _LONE_CR.sub("\n", text)
    if text.isascii() and text.isprintable():
        return text
    return text.translate(_CONTROLS)


_CONTROLS = {
    code: None for code in (*range(9), 11, 12, *range(14, 32), 127, 0xFEFF, *range(0xD800, 0xE000))
}
