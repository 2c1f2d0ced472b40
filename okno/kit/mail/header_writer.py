"""Header fields of letters that leave (RFC 5322, RFC 2047, RFC 2231): whole lines, 7-bit clean.

The standard library's writer (3.11, 3.12) loses blanks between encoded words, and writes ids and
lists of addresses as encoded words across their structure once they are long. Here a field is a
row of pieces that hold no blank; between two of them stands one blank, at which the field may be
folded, and nowhere else.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Iterator, Mapping

# RFC 5322 section 2.1.1; for lines with encoded words RFC 2047 section 2 wants 76.
LINE = 76
ENCODED_WORD = 75
_FRAME = len("=?utf-8?q??=")
# A word longer than this goes into encoded words, which can be folded.
_LONGEST_WORD = 60
# An encoded word begun in less room than this would hold next to nothing.
_LEAST_ROOM = 30
_PIECE = 48
_ATOM = re.compile(r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+")
_DOT_ATOM = re.compile(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~\x80-\U0010ffff-]+(?:\.[^.\"(),:;<>@\[\\\]]+)*"
)
# What may stand as it is in an encoded word wherever that stands (RFC 2047 section 5 rule 3).
_AS_IT_IS = frozenset(b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!*+-/")
# RFC 2231 section 7: attribute-char.
_ATTRIBUTE = frozenset(
    b"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$&+-.^_`{|}~"
)
# Joiners are not seen, but names and emoji of several languages are written with them.
_JOINERS = "\u200c\u200d"


class _Field:
    """A field that grows piece by piece, folded before a piece that does not fit."""

    def __init__(self, name: str) -> None:
        self._lines = [f"{name}:"]

    def add(self, piece: str) -> None:
        is_first = self._is_bare()
        # Right behind the name only when that helps: a line of nothing else is legal, and rare.
        if self._room() < len(piece) and (len(piece) < LINE or not is_first):
            self._lines.append("")
        self._lines[-1] += f" {piece}"

    def add_encoded(self, text: str) -> None:
        room = self._room()
        if room < _LEAST_ROOM or (not self._is_bare() and _is_one_word(text, room)):
            room = ENCODED_WORD
        for word in _encoded_words(text, room):
            self.add(word)

    def _is_bare(self) -> bool:
        return len(self._lines) == 1 and " " not in self._lines[0]

    def _room(self) -> int:
        return LINE - len(self._lines[-1]) - 1

    def __str__(self) -> str:
        return "\r\n".join(self._lines) + "\r\n"


def one_line(text: str) -> str:
    """Without line breaks and other characters that are not seen (header injection, attack A20)."""
    seen = (c if c.isprintable() or c in _JOINERS else " " for c in text)
    return " ".join("".join(seen).split())


def text_field(name: str, text: str) -> str:
    """An unstructured field, as Subject: from the first word that needs it to the last one the
    text is encoded, blanks included, the rest stays legible."""
    words = one_line(text).split(" ") if text else []
    odd = [place for place, word in enumerate(words) if _needs_encoding(word)]
    first, last = (odd[0], odd[-1] + 1) if odd else (len(words), len(words))
    field = _Field(name)
    for word in filter(None, words[:first]):
        field.add(word)
    if odd:
        field.add_encoded(" ".join(words[first:last]))
    for word in words[last:]:
        field.add(word)
    return str(field)


def mailboxes_field(name: str, people: Iterable[tuple[str, str]]) -> str:
    """A list of (shown name, address), as To: a name is one phrase, quoted or encoded, whatever
    stands in it. An address outside ASCII stays as it is (RFC 6532)."""
    field = _Field(name)
    everyone = list(people)
    for place, (shown, address) in enumerate(everyone):
        _add_phrase(field, one_line(shown))
        comma = "," if place + 1 < len(everyone) else ""
        spec = _addr_spec(address)
        field.add(f"<{spec}>{comma}" if shown.strip() else f"{spec}{comma}")
    return str(field)


def ids_field(name: str, ids: Iterable[str]) -> str:
    """Message ids with their brackets, as they are. "" when there is none: those that cannot be
    written, because they were cut or hold what is not ASCII, would be ids of nothing."""
    field, count = _Field(name), 0
    for text in filter(is_id, ids):
        field.add(text)
        count += 1
    return str(field) if count else ""


def is_id(text: str) -> bool:
    """Whether this is an id with its brackets that can be written as it is (RFC 5322, 3.6.4)."""
    return bool(re.fullmatch(r"<[!-;=?-~]{1,900}>", text))


def parameters_field(name: str, value: str, parameters: Mapping[str, str]) -> str:
    """A field with parameters, as Content-Type (RFC 2045 section 5.1, RFC 2231)."""
    written = [piece for key, text in parameters.items() for piece in _parameter(key, text)]
    field = _Field(name)
    for place, piece in enumerate([value, *written]):
        field.add(piece + (";" if place < len(written) else ""))
    return str(field)


def _needs_encoding(word: str) -> bool:
    is_plain = word.isascii() and "=?" not in word
    return not is_plain or len(word) > _LONGEST_WORD


def _add_phrase(field: _Field, shown: str) -> None:
    words = shown.split()
    if any(map(_needs_encoding, words)):
        field.add_encoded(shown)
        return
    if not all(map(_ATOM.fullmatch, words)):
        # A blank in a quoted string is as good a place to fold as any (RFC 5322 section 3.2.4).
        words = ('"' + re.sub(r'(["\\])', r"\\\1", shown) + '"').split(" ")
    for word in words:
        field.add(word)


def _addr_spec(address: str) -> str:
    """Local parts with dots at odd places exist, and stand in quotes."""
    local, at, domain = one_line(address).rpartition("@")
    if not _DOT_ATOM.fullmatch(local):
        local = '"' + re.sub(r'(["\\])', r"\\\1", local) + '"'
    return f"{local}{at}{domain}"


def _is_one_word(text: str, room: int) -> bool:
    """Whether a text fits into one encoded word, though not into this room."""
    words = list(_encoded_words(text, ENCODED_WORD))
    return len(words) == 1 and len(words[0]) > room


def _encoded_words(text: str, room: int) -> Iterator[str]:
    """Encoded words of whole characters, the first at most `room` long; whichever coding is
    shorter. A reader joins neighbours without the blank between them; as some do not (Python's
    in names), a word ends behind a blank where there is one."""
    characters = [character.encode("utf-8", "replace") for character in text]
    quoted = list(map(_quoted, characters))
    is_quoted = sum(map(len, quoted)) <= sum(map(len, characters)) * 4 / 3
    begin = 0
    while begin < len(characters):
        end, size = begin, 0
        while end < len(characters):
            size += len(quoted[end]) if is_quoted else len(characters[end])
            if _FRAME + (size if is_quoted else (size + 2) // 3 * 4) > room:
                break
            end += 1
        blank = text.rfind(" ", begin, end)
        if end < len(characters) and blank > (begin + end) // 2:
            end = blank + 1
        if is_quoted:
            yield f"=?utf-8?q?{''.join(quoted[begin:end])}?="
        else:
            coded = base64.b64encode(b"".join(characters[begin:end])).decode("ascii")
            yield f"=?utf-8?b?{coded}?="
        begin, room = end, ENCODED_WORD


def _quoted(character: bytes) -> str:
    if character == b" ":
        return "_"
    return "".join(chr(byte) if byte in _AS_IT_IS else f"={byte:02X}" for byte in character)


def _parameter(key: str, text: str) -> Iterator[str]:
    """A parameter, in one piece when it is short and plain."""
    text = one_line(text)
    # Not all readers take off what stands before a quote or keep an angle bracket.
    if re.fullmatch(r"[ !#-;=?-\[\]-~]*", text) and len(text) <= _LONGEST_WORD:
        yield f"{key}={text}" if re.fullmatch(r"[\w.+-]+", text) else f'{key}="{text}"'
        return
    pieces = [""]
    for character in text:
        coded = _percented(character)
        if len(pieces[-1]) + len(coded) > _PIECE:
            pieces.append("")
        pieces[-1] += coded
    for number, piece in enumerate(pieces):
        place = f"*{number}" if len(pieces) > 1 else ""
        charset = "utf-8''" if number == 0 else ""
        yield f"{key}{place}*={charset}{piece}"


def _percented(character: str) -> str:
    coded = character.encode("utf-8", "replace")
    return "".join(chr(byte) if byte in _ATTRIBUTE else f"%{byte:02X}" for byte in coded)
