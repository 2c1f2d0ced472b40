"""Bytes of unknown honesty to text: declared charset, else UTF-8, else a guess."""

from __future__ import annotations

import codecs
import re
from functools import lru_cache

from okno.kit.mail import japanese, misread

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
    "iso-2022-jp": japanese.JIS,
    "iso2022-jp": japanese.JIS,
    "iso-2022-jp-ms": japanese.JIS,
    "csiso2022jp": japanese.JIS,
    "cp50220": japanese.JIS,
    "cp50221": japanese.JIS,
    "cp50222": japanese.JIS,
    "windows-50221": japanese.JIS,
    "euc-jp": japanese.EUC,
    "x-euc-jp": japanese.EUC,
    "eucjp": japanese.EUC,
    "eucjp-ms": japanese.EUC,
    "cp51932": japanese.EUC,
    "ms_kanji": "cp932",
    "x-ms-cp932": "cp932",
    "ms932": "cp932",
    "x-mac-japanese": "cp932",
    "x-mac-roman": "mac_roman",
    "x-mac-ce": "mac_latin2",
    "x-mac-centraleurroman": "mac_latin2",
    "x-mac-greek": "mac_greek",
    "x-mac-turkish": "mac_turkish",
    "x-mac-icelandic": "mac_iceland",
    "x-mac-ukrainian": "mac_cyrillic",
    "x-mac-chinesesimp": "gb18030",
    "x-mac-chinesetrad": "cp950",
    "x-mac-korean": "cp949",
    "x-windows-949": "cp949",
    "windows-949": "cp949",
    "ms949": "cp949",
    "x-euc-kr": "cp949",
    "windows-936": "gb18030",
    "x-euc-cn": "gb18030",
    "windows-31j": "cp932",
    "windows-874": "cp874",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "koi8-ru": "koi8-u",
    "dos-866": "cp866",
    "ibm866": "cp866",
    "utf7": "utf-7",
    "unicode-1-1-utf-7": "utf-7",
    "x-unicode-2-0-utf-7": "utf-7",
    "csunicode11utf7": "utf-7",
    "cesu-8": "utf-8",
    "x-utf8": "utf-8",
    "utf-8-mac": "utf-8",
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
# No charsets of mail, or quadratic to decode. UTF-7 may hide markup from those that look at bytes;
# here filters see the text only after it was decoded.
REFUSED = {
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
_UNICODE = ("utf-8", "utf-16", "utf-16-le", "utf-16-be", "utf-32", "utf-32-le", "utf-32-be")
# In these bytes below 128 are not what they are in ASCII.
_SEVEN_BIT = ("hz", "utf-7", *_UNICODE[1:])
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


def decode(data: bytes, charset: str = "", *, is_html: bool = False) -> tuple[str, bool]:
    """Text of `data` and whether the declared charset was known. Never raises.

    HTML may name its charset itself, which counts when nothing else is declared or the declared
    one is plainly wrong.
    """
    codec = codec_for(charset)
    if codec == "utf-7" and not data.isascii():
        codec = None
    known = codec is not None
    if data.isascii() and codec not in _SEVEN_BIT and b"\x1b" not in data:
        return data.decode("ascii"), known
    own = codec_for(misread.meta_charset(data)) if is_html else None
    for name in (_true_codec(data, codec), _by_meta(data, codec, own), codec, "utf-8-sig"):
        if not name:
            continue
        try:
            return data.decode(name), known
        except (UnicodeError, ValueError, LookupError):
            continue
    return _damaged(data, codec, own), known


def _damaged(data: bytes, codec: str | None, own: str | None) -> str:
    """Text of bytes that no candidate fits without an error."""
    pairs = misread.whole_pairs(data) if codec in (None, "", "utf-8") else None
    if pairs is not None:
        return pairs
    if codec == "utf-8" and _mostly_utf8(data):
        return data.decode("utf-8", "replace")
    if own and codec in (None, "", "utf-8"):
        return data.decode(own, "replace")
    if codec and codec not in ("utf-8", "ascii"):
        return data.decode(codec, "replace")
    return guess(data)


def _by_meta(data: bytes, codec: str | None, own: str | None) -> str | None:
    """The charset that HTML names itself, where the declared one is silent or plainly wrong."""
    if not own or own == codec:
        return None
    if codec and (codec in _UNICODE or not _EIGHT_BIT.match(codec)):
        return None
    if codec:
        return own if misread.has_signs_inside(data.decode(codec, "replace")) else None
    try:
        data.decode("utf-8")
        return "utf-8"  # rewritten on its way, the word in it was left
    except UnicodeError:
        return own


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
    if codec in misread.CYRILLIC:
        return misread.true_cyrillic(data, codec)
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
        return data.decode(japanese.JIS, "replace")
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
