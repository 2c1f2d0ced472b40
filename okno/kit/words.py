"""Words for search: the same stems for every database, made of letters and digits only.

A database's own word splitter has nothing left to decide: "+7 (495) 123-45-67", addresses and
order codes are joined here, because SQLite and PostgreSQL would cut them in different places.
"""

import re
import threading
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache

import Stemmer

from okno.kit import word_forms

MAX_TEXT = 200_000
MAX_STEMS = 20_000
MAX_WORD = 64
MAX_QUERY = 300
MAX_TERMS = 16
MIN_PREFIX = 2
MAX_OTHERS = 24

# Stress marks, soft hyphens, zero-width and direction marks stand inside words and mean nothing.
_NOISE = dict.fromkeys([0x300, 0x301, 0xAD, *range(0x200B, 0x2010), *range(0x202A, 0x202F), 0xFEFF])
# Digits in groups of three: a number, with or without a fraction; a telephone goes on behind it.
_AMOUNT = r"\d{1,3}(?: \d{3}){1,5}(?:[.,]\d{1,2})?(?!\w|[ -]?\d)"
_PIECE = re.compile(
    r"(?P<address>[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8})"
    rf"|(?P<amount>(?<![\w+(]){_AMOUNT})"
    r"|(?P<code>(?=[^\W\d_]{0,12}[-/#№]?\d)[^\W_]{1,32}(?:[-/.,:][^\W_]{1,32}){1,12})"
    r"|(?P<alone>[^\W_]++(?!-[^\W\d_]))"
    r"|(?P<joined>[^\W\d_]{1,32}+(?:-[^\W\d_]{1,32}+){1,4}(?![\w-]))"
    r"|(?P<word>[^\W_]+)"
)
_SINGLE = ("alone", "word")
_CHUNK = re.compile(r"\S{1,500}\s*|\s+")
_WORD = re.compile(r"[^\W_]+")
# "v2.0.1", "№45/2" (NFKC makes it "No45/2"): letters that only say what the number is.
_LABEL = re.compile(r"[^\W\d_]{1,3}(?=\d)")
_GROUPED = re.compile(r"(\d{1,3}(?:[.,]\d{3})+)[.,]\d{1,2}|\d{1,3}(?: \d{3})+(?=[.,])")
_PHONE = re.compile(r"(?<!\w)\+?\d(?:[ ().-]{0,3}\d){9,14}(?!\w)")
_AMOUNT_ONLY = re.compile(_AMOUNT)
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
    """One word that must occur; with `prefix`, a word that begins so.

    In its place one of `others` may stand, or all of `parts`, of which the last begins so too.
    """

    text: str
    prefix: bool = False
    others: tuple[str, ...] = ()
    parts: tuple[str, ...] = ()

    def fits(self, stem: str) -> bool:
        """Whether a stem is, or is a part of, what was asked for."""
        if stem == self.text or stem in self.others or stem in self.parts:
            return True
        begins = (self.text, *self.parts[-1:]) if self.prefix else ()
        return any(stem.startswith(begin) for begin in begins)


def stems(text: str) -> list[str]:
    """Stems of `text` in order, repeated as often as they occur, at most MAX_STEMS.

    Addresses, telephone numbers, codes, amounts and words with a hyphen give themselves without
    punctuation and their parts, codes their beginnings and ends too; a telephone number gives its
    last ten digits, so that +7 and 8 mean the same.
    """
    text = _normal(text[:MAX_TEXT])
    found: list[str] = []
    for piece in _PIECE.finditer(text):
        if piece.lastgroup in _SINGLE:
            if len(word := piece.group()) <= MAX_WORD:
                found.append(_stem(word))
        else:
            found.extend(_compound(piece))
        if len(found) >= MAX_STEMS:
            break
    return found[:MAX_STEMS] + [_phone(each.group()) for each in _PHONE.finditer(text)]


def _compound(piece: re.Match[str]) -> list[str]:
    """The whole without punctuation, its parts, then what else it is known by."""
    parts = [word for word in _WORD.findall(piece.group()) if len(word) <= MAX_WORD]
    found = ["".join(parts)[:MAX_WORD], *map(_stem, parts)]
    if piece.lastgroup == "code":
        found += _ends_of_code(parts)
    elif piece.lastgroup == "joined":
        found[0] = _stem(found[0])
    if piece.lastgroup in ("code", "amount") and (grouped := _GROUPED.match(piece.group())):
        found.append("".join(_WORD.findall(grouped[1] or grouped[0])))
    return found


def _ends_of_code(parts: list[str]) -> list[str]:
    """Beginnings and ends of a code, and those without the letters before their number."""
    runs = [parts[:end] for end in range(2, len(parts))]
    runs += [parts[begin:] for begin in range(len(parts) - 1)]
    joined = ["".join(run)[:MAX_WORD] for run in runs]
    bare = [_LABEL.sub("", run, count=1) for run in joined if _LABEL.match(run)]
    own = "".join(parts)[:MAX_WORD]
    return [run for run in dict.fromkeys([*joined, *bare]) if run != own]


def query(text: str) -> list[Term]:
    """What a person typed as words that must all occur, at most MAX_TERMS; empty for no words.

    The last word is one still being typed, unless white space follows it.
    """
    text = _normal(text[:MAX_QUERY])
    if _PHONE.fullmatch(text.strip()) and not _AMOUNT_ONLY.fullmatch(text.strip()):
        return [Term(_phone(text))]
    asked = list(_asked(text))[:MAX_TERMS]
    terms = list({term.text: term for term in asked}.values())
    if asked and _WORD.search(text[-1]) and len(asked[-1].text) >= MIN_PREFIX:
        last = replace(asked[-1], prefix=True)
        terms = [term for term in terms if term.text != last.text] + [last]
    return terms


def _asked(text: str) -> Iterator[Term]:
    for piece in _PIECE.finditer(text):
        parts = _WORD.findall(piece.group())
        if piece.lastgroup in _SINGLE:
            yield _term(parts[0][:MAX_WORD])
            continue
        whole = "".join(parts)[:MAX_WORD]
        if piece.lastgroup == "joined":
            yield Term(_stem(whole), parts=tuple(map(_stem, parts)))
        elif piece.lastgroup == "amount":
            yield Term(whole, parts=tuple(parts))
        else:
            bare = (whole[1:],) if whole[0] in "vв" and whole[1:2].isdigit() else ()
            yield Term(whole, others=bare)


@lru_cache(maxsize=2_000)
def _term(word: str) -> Term:
    """A word with the stems of its forms."""
    stem = _stem(word)
    if not _CYRILLIC.fullmatch(word):
        return Term(stem)
    others = dict.fromkeys(map(_stem, word_forms.forms(word)))
    others.pop(stem, None)
    return Term(stem, others=tuple(others)[:MAX_OTHERS])


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
