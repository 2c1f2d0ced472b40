"""A piece of a text around the words that were found, with those words marked."""

import re
from collections.abc import Iterator, Sequence

from okno.kit import words

LENGTH, BEFORE = 180, 30
READ = 20_000
# With what may stand inside an address or a code, which are found as one word.
_WORD = re.compile(r"\w+(?:[@.+/-]\w+)*")
_FIRST = re.compile(r"(?<!\w)\w")
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
    rows = [f" {' '.join(words.stems(text))} " for text in texts]
    return all(any(f" {' '.join(phrase)} " in row for row in rows) for phrase in phrases)


def _fitting(text: str, terms: Sequence[words.Term]) -> Iterator[tuple[int, str]]:
    """The words of a text that are searched for, with their places."""
    # Stemming each word of a long letter costs milliseconds, and no stem begins otherwise than its
    # word does, where letters are plain.
    initials = {term.text[0] for term in terms}
    for word in _WORD.finditer(text):
        first = {_initial(letter) for letter in _FIRST.findall(word.group())}
        if (first & initials or "" in first) and _fits(word.group(), terms):
            yield word.start(), word.group()


def _initial(letter: str) -> str:
    lower = letter.lower().replace("ё", "е")
    return lower if lower.isascii() or "а" <= lower <= "я" else ""


def _fits(word: str, terms: Sequence[words.Term]) -> bool:
    stems = words.stems(word)
    return any(
        stem.startswith(term.text) if term.prefix else stem == term.text
        for term in terms
        for stem in stems
    )
