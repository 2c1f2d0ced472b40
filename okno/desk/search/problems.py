"""What the search could not read, told so that the person can mend it at once."""

from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches

from django.utils.translation import pgettext


@dataclass(frozen=True)
class Problem:
    """A stable code, a sentence in the reader's language, and what to type instead ("" if unknown).

    `instead` replaces `source` in the question.
    """

    code: str
    text: str
    source: str = ""
    instead: str = ""


class Unclear(ValueError):
    """A value that says nothing to its operator; carries the nearest one that would."""

    def __init__(self, value: str, known: Iterable[str] = ()) -> None:
        super().__init__(value)
        self.nearest = nearest(value, known)


def nearest(word: str, known: Iterable[str]) -> str:
    """The known word most like this one, "" when none is."""
    by_fold = {each.casefold(): each for each in known}
    found = get_close_matches(word.casefold()[:80], list(by_fold), n=1, cutoff=0.6)
    return by_fold[found[0]] if found else ""


def unknown_operator(source: str, name: str, known: Iterable[str]) -> Problem:
    """There is no operator of that name."""
    meant = nearest(name, known)
    said = pgettext("search", "There is no filter “%(name)s:”, so it was searched for as words.")
    instead = meant + source.lstrip("-")[len(name) :] if meant else ""
    return Problem("unknown_operator", said % {"name": name}, source, instead)


def unclear_value(source: str, name: str, value: str, meant: str) -> Problem:
    """The operator is known, its value is not."""
    said = pgettext(
        "search", "“%(name)s:” does not know “%(value)s”, so it was searched for as words."
    )
    instead = f"{name}:{quoted(meant)}" if meant else ""
    return Problem("unclear_value", said % {"name": name, "value": value[:60]}, source, instead)


def only_without() -> Problem:
    """Nothing but words that must not occur."""
    return Problem(
        "only_without",
        pgettext("search", "Add a word to look for: “-word” alone only leaves things out."),
    )


def too_long(limit: int) -> Problem:
    """The question was cut."""
    said = pgettext("search", "Only the first %(limit)s characters were searched for.")
    return Problem("too_long", said % {"limit": limit})


def quoted(value: str) -> str:
    """A value as it must be typed: in quotes when it has spaces."""
    return f'"{value}"' if " " in value else value
