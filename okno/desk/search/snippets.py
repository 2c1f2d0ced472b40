"""A piece of a text around the words that were found, with those words marked."""

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from okno.kit import words

LENGTH, BEFORE = 180, 30
READ = 20_000
# With what may stand inside an address or a code, which are found as one word.
_WORD = re.compile(r"\w+(?:[@.+/-]\w+)*")
Pieces = list[tuple[str, bool]]


def snippet(text: str, terms: Sequence[words.Term]) -> str:
    """A line of about LENGTH characters around the first word that fits."""
    text = text[:READ]
    start = next(_fitting(text, terms), (0, ""))[0]
    begin = max(0, start - BEFORE)
    if begin and (space := text.find(" ", begin, start)) >= 0:
        begin = space
    piece = " ".join(text[begin : begin + LENGTH].split())
    return "…" * (begin > 0) + piece + "…" * (begin + LENGTH < len(text))


def marked(text: str, terms: Sequence[words.Term]) -> Pieces:
    """The text in pieces, each with whether it was searched for. Nothing is escaped here."""
    found: Pieces = []
    at = 0
    for begin, word in _fitting(text, terms):
        if begin > at:
            found.append((text[at:begin], False))
        at = begin + len(word)
        found.append((text[begin:at], True))
    return [*found, (text[at:], False)] if at < len(text) else found


def has_phrase(texts: Sequence[str], phrases: Sequence[list[str]]) -> bool:
    """Whether each phrase, given as stems, stands in one of the texts."""
    return all(any(_stands(text, phrase) for text in texts) for phrase in phrases)


def _stands(text: str, phrase: list[str]) -> bool:
    if all(stem.isalpha() for stem in phrase):
        # Most texts have the words somewhere, not in a row: this look is a hundred times quicker.
        rough = r"\w*[\W_]+".join(_begin(stem) for stem in phrase)
        if re.search(rough, text[:READ], re.I) is None:
            return False
    return f" {' '.join(phrase)} " in f" {' '.join(words.stems(text[:READ]))} "


def _fitting(text: str, terms: Sequence[words.Term]) -> Iterator[tuple[int, str]]:
    """The words of a text that are searched for, with their places."""
    if not terms:
        return
    asked = ((term.text, *term.others, *term.parts) for term in terms)
    begins = _beginnings(tuple(dict.fromkeys(stem for stems in asked for stem in stems)))
    at = 0
    while place := begins.search(text, at):
        word = _WORD.match(text, place.start())
        at = word.end() if word else place.end()
        if word and _fits(word.group(), terms):
            yield word.start(), word.group()


@lru_cache(maxsize=64)
def _beginnings(stems: tuple[str, ...]) -> re.Pattern[str]:
    # Stemming each word of a long letter costs milliseconds; a stem begins as its word does.
    begins = dict.fromkeys(_begin(stem) for stem in stems)
    return re.compile(r"(?<!\w)(?:" + "|".join(begins) + ")", re.I)


def _begin(stem: str, letters: int = 2) -> str:
    return re.escape(stem[:letters]).replace("е", "[её]")


def _fits(word: str, terms: Sequence[words.Term]) -> bool:
    stems = words.stems(word)
    return any(term.fits(stem) for term in terms for stem in stems)
