"""Stems as both databases keep them, and questions in each database's own language."""

import re
from collections.abc import Iterable, Sequence

from django.db import connection

from okno.kit import words

# A tsvector holds 1 MB at most; both databases get the same words, so both are cut here.
MOST_BYTES = 400_000
_ODD = re.compile(r"[^a-z0-9а-я]")


def plain(stem: str) -> str:
    """Letters that databases disagree about are spelled by their code point, one by one, so that
    the beginning of a word stays its beginning."""
    return _ODD.sub(lambda odd: f"x{ord(odd[0]):05x}x", stem)


def kept(text: str, marks: Iterable[str] = ()) -> list[str]:
    """Each stem once, in a form no database splits, up to MOST_BYTES; after the marks."""
    found, size = list(marks), 0
    for stem in dict.fromkeys(words.stems(text)):
        spelled = plain(stem)
        size += len(spelled.encode()) + 1
        if size > MOST_BYTES:
            break
        found.append(spelled)
    return found


def stored(stems: list[str]) -> str | list[str]:
    """The stems as a value of the database's column."""
    return " ".join(stems) if connection.vendor == "sqlite" else stems


def expression(
    terms: Sequence[words.Term],
    *,
    without: Sequence[words.Term] = (),
    one_of: Sequence[str] = (),
) -> str:
    """All terms, none of `without`, and one of the marks when any are given; at least one of
    `terms` and `one_of` is needed. What it holds is letters and digits only."""
    groups = [_quoted(term) for term in terms]
    if one_of:
        groups.append("(" + _OR[connection.vendor].join(_quote(mark) for mark in one_of) + ")")
    asked = _AND[connection.vendor].join(groups)
    if without:
        others = _OR[connection.vendor].join(_quoted(term) for term in without)
        asked = f"({asked}){_BUT[connection.vendor]}({others})"
    return asked


_AND = {"sqlite": " AND ", "postgresql": " & "}
_OR = {"sqlite": " OR ", "postgresql": " | "}
_BUT = {"sqlite": " NOT ", "postgresql": " & !"}


def _quote(word: str) -> str:
    return f'"{word}"' if connection.vendor == "sqlite" else f"'{word}'"


def _quoted(term: words.Term) -> str:
    ways = [_word(term.text, is_beginning=term.prefix), *(_word(other) for other in term.others)]
    if term.parts:
        *first, last = term.parts
        parts = [*(_word(part) for part in first), _word(last, is_beginning=term.prefix)]
        ways.append("(" + _AND[connection.vendor].join(parts) + ")")
    return ways[0] if len(ways) == 1 else "(" + _OR[connection.vendor].join(ways) + ")"


def _word(stem: str, *, is_beginning: bool = False) -> str:
    ending = "*" if connection.vendor == "sqlite" else ":*"
    return _quote(plain(stem)) + ending * is_beginning
