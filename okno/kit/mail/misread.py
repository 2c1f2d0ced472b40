"""Text that went through a wrong charset on its way: found by what no language looks like."""

from __future__ import annotations

import re

# Letters of Russian by frequency, in hundredths of a percent; neighbours' own letters are common
# in their languages.
_FREQUENT = {
    "о": 1097, "е": 845, "а": 801, "и": 735, "н": 670, "т": 626, "с": 547, "р": 473, "в": 454,
    "л": 440, "к": 349, "м": 321, "д": 298, "п": 281, "у": 262, "я": 201, "ы": 190, "ь": 174,
    "г": 170, "з": 165, "б": 159, "ч": 144, "й": 121, "х": 97, "ж": 94, "ш": 73, "ю": 64, "ц": 48,
    "щ": 36, "э": 32, "ф": 26, "ё": 20, "ъ": 4, "і": 570, "ї": 60, "є": 60, "ґ": 5, "ў": 100,
    "ј": 300, "љ": 50, "њ": 60, "ђ": 20, "ћ": 60, "џ": 5,
}  # fmt: skip
CYRILLIC = ("cp1251", "koi8-r", "koi8-u", "iso8859-5", "cp866", "mac-cyrillic")
MIN_LETTERS = 6
SAMPLE = 20_000
_INVERTED = re.compile(r"[а-яёіїєґў][А-ЯЁІЇЄҐЎ]")
_WRONG = 300


def true_cyrillic(data: bytes, codec: str) -> str | None:
    """The Cyrillic charset of `data` when its reading by `codec`, another one, is no language.

    In KOI8-R capitals and small letters stand the other way round, so that letters and case tell.
    """
    sample = data[:SAMPLE]
    own = _likeness(sample, codec)
    if own == 0.0:  # too few letters to judge
        return None
    scores = {name: _likeness(sample, name) for name in CYRILLIC}
    best = max(scores, key=lambda name: scores[name])
    return best if scores[best] >= 380 and own < 0.72 * scores[best] else None


def _likeness(sample: bytes, codec: str) -> float:
    """Mean frequency of the letters above ASCII, less for signs and capitals inside words."""
    text = sample.decode(codec, "replace")
    high = [char for char in text if char > "\x7f" and char not in "\xa0«»–—№…“”’„"]
    if len(high) < MIN_LETTERS:
        return 0.0
    total = sum(_FREQUENT.get(char.lower(), -_WRONG) for char in high)
    return (total - 2 * _WRONG * len(_INVERTED.findall(text))) / len(high)


_META = re.compile(
    rb"<meta\b[^<>]{0,300}?\bcharset\s{0,5}=\s{0,5}[\"']?\s{0,5}([\w.:-]{1,40})"
    rb"|<\?xml\b[^<>]{0,100}?\bencoding\s{0,5}=\s{0,5}[\"']([\w.:-]{1,40})",
    re.I,
)
# An accent, a currency or a fraction between two letters: no word of any language.
_SIGN_INSIDE = re.compile(r"[^\W\d_][\xa1-\xa9\xab-\xb4\xb6\xb8-\xb9\xbb-\xbf\xd7\xf7][^\W\d_]")


def meta_charset(html: bytes) -> str:
    """The charset that an HTML text names itself (HTML, 13.2.3.2), "" if none."""
    found = _META.search(html[:4_096])
    if not found:
        return ""
    name = (found[1] or found[2]).decode("ascii").lower()
    # What reads as ASCII so far cannot be in these.
    return "" if name.startswith(("utf-16", "utf-32", "utf-7")) else name


def has_signs_inside(text: str) -> bool:
    """Whether a Western reading of the text is plainly wrong."""
    return _SIGN_INSIDE.search(text[:SAMPLE]) is not None


def whole_pairs(data: bytes) -> str | None:
    """CESU-8 (Unicode report 26): UTF-8 whose characters above U+FFFF are two surrogates."""
    if not re.search(rb"\xed[\xa0-\xaf][\x80-\xbf]\xed[\xb0-\xbf]", data):
        return None
    try:
        halves = data.decode("utf-8", "surrogatepass")
        return halves.encode("utf-16-le", "surrogatepass").decode("utf-16-le")
    except UnicodeError:
        return None


# Where these characters stand in pairs, UTF-8 was once read as another charset and written anew.
_TWICE = re.compile(r"[ÂÃÐÑØÙÎÏâãРСГвЂ][\x80-\xbf\u0152-\u2122А-яЂ-џ ]")
MIN_TWICE = 4


def _codes(codec: str) -> dict[str, int]:
    """Characters of an 8-bit charset to bytes; what it leaves free stands for its own number."""
    codes = {}
    for byte in range(256):
        try:
            codes[bytes((byte,)).decode(codec)] = byte
        except UnicodeError:
            codes[chr(byte)] = byte
    return codes


_TABLES = [_codes("latin-1"), _codes("cp1252"), _codes("cp1251")]


def undoubled(text: str) -> str | None:
    """`text` with each line put right whose UTF-8 was encoded a second time; None if it was not.

    Nearly all lines with other characters than ASCII must be such.
    """
    if text.isascii() or len(_TWICE.findall(text[:SAMPLE])) < MIN_TWICE:
        return None
    for table in _TABLES:
        lines = text.split("\n")
        foreign = mended = 0
        for number, line in enumerate(lines):
            if line.isascii():
                continue
            foreign += 1
            once = _once(line, table)
            if once is not None:
                mended += 1
                lines[number] = once
        if mended >= 0.8 * foreign:
            return "\n".join(lines)
    return None


def _once(line: str, table: dict[str, int]) -> str | None:
    try:
        return bytes([table[char] for char in line]).decode("utf-8")
    except (KeyError, UnicodeError):
        return None
