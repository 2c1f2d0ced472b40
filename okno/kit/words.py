"""Words for search: the same stems for every database, made of letters and digits only.

A database's own word splitter has nothing left to decide: "+7 (495) 123-45-67", addresses and
order codes are joined here, because SQLite and PostgreSQL would cut them in different places.
"""

import re
import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import Stemmer

MAX_TEXT = 200_000
MAX_STEMS = 20_000
MAX_WORD = 64
MAX_QUERY = 300
MAX_TERMS = 16
MIN_PREFIX = 2

# Stress marks, soft hyphens, zero-width and direction marks stand inside words and mean nothing.
_NOISE = dict.fromkeys([0x300, 0x301, 0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), 0xFEFF])
_PIECE = re.compile(
    r"(?P<address>[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})"
    r"|(?P<code>(?=[^\W\d_]{0,12}[-/#№]?\d)[^\W_]{1,32}(?:[-/.,:][^\W_]{1,32}){1,12})"
    r"|(?P<word>[^\W_]+)"
)
_CHUNK = re.compile(r"\S{1,500}\s*|\s+")
_WORD = re.compile(r"[^\W_]+")
_PHONE = re.compile(r"(?<!\w)\+?\d(?:[ ().-]{0,3}\d){9,14}(?!\w)")
_CYRILLIC = re.compile(r"[а-я]+")
_LATIN = re.compile(r"[a-z]+")
# Most texts hold nothing else, and nothing of it has a second form.
_SIMPLE = re.compile("[\\x00-\\x7fА-яЁё«»–—“”„’]*")


class _Stemmers(threading.local):
    """PyStemmer objects must not be used by two threads at once, so each thread has its own."""

    def __init__(self) -> None:
        self.russian = Stemmer.Stemmer("russian")
        self.english = Stemmer.Stemmer("english")


_stemmers = _Stemmers()


@dataclass(frozen=True, slots=True)
class Term:
    """One word that must occur; with `prefix`, a word that begins so."""

    text: str
    prefix: bool = False


def stems(text: str) -> list[str]:
    """Stems of `text` in order, repeated as often as they occur, at most MAX_STEMS.

    Addresses, telephone numbers and codes give themselves without punctuation and their parts; a
    telephone number gives its last ten digits, so that +7 and 8 mean the same.
    """
    text = _normal(text[:MAX_TEXT])
    found: list[str] = []
    for piece in _PIECE.finditer(text):
        if piece.lastgroup == "word":
            if len(word := piece.group()) <= MAX_WORD:
                found.append(_stem(word))
        else:
            parts = [word for word in _WORD.findall(piece.group()) if len(word) <= MAX_WORD]
            found.append("".join(parts)[:MAX_WORD])
            found.extend(map(_stem, parts))
        if len(found) >= MAX_STEMS:
            break
    return found[:MAX_STEMS] + [_phone(each.group()) for each in _PHONE.finditer(text)]


def query(text: str) -> list[Term]:
    """What a person typed as words that must all occur, at most MAX_TERMS; empty for no words.

    The last word is one still being typed, unless white space follows it.
    """
    text = _normal(text[:MAX_QUERY])
    if _PHONE.fullmatch(text.strip()):
        return [Term(_phone(text))]
    words = list(_asked(text))[:MAX_TERMS]
    terms = [Term(word) for word in dict.fromkeys(words)]
    if words and _WORD.search(text[-1]) and len(words[-1]) >= MIN_PREFIX:
        last = Term(words[-1], prefix=True)
        terms = [term for term in terms if term.text != last.text] + [last]
    return terms


def _asked(text: str) -> Iterator[str]:
    for piece in _PIECE.finditer(text):
        parts = _WORD.findall(piece.group())
        if piece.lastgroup == "word":
            yield _stem(parts[0][:MAX_WORD])
        else:
            yield "".join(parts)[:MAX_WORD]


def _normal(text: str) -> str:
    """One form of each letter: NFKC, lower case, no stress marks, ё as е."""
    if _SIMPLE.fullmatch(text):
        return text.lower().replace("ё", "е")
    # Word by word, because normalisation needs quadratic time on a long run of combining marks,
    # and only so far, because it makes one letter eighteen.
    words, length = [], 0
    for chunk in _CHUNK.finditer(text):
        words.append(unicodedata.normalize("NFKC", chunk.group()))
        length += len(words[-1])
        if length >= MAX_TEXT:
            break
    text = "".join(words)[:MAX_TEXT].translate(_NOISE)
    return text.lower().translate(_NOISE).replace("ё", "е")


def _phone(text: str) -> str:
    return re.sub(r"\D", "", text)[-10:]


@lru_cache(maxsize=50_000)
def _stem(word: str) -> str:
    if _CYRILLIC.fullmatch(word):
        return str(_stemmers.russian.stemWord(word))
    if _LATIN.fullmatch(word):
        return str(_stemmers.english.stemWord(word))
    return word
