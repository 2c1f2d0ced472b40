"""What an agent types into the search box, taken apart. Knows nothing of databases.

    invoice "not arrived" -refund status:open ответственный:я #1042 after:7d

Words must all occur; "words in a row" stand so; -word must not occur; name:value is an operator.
Whatever cannot be read stays a word: there is no wrong question, only one that finds nothing.
"""

import re
from dataclasses import dataclass

from okno.kit import words

LONGEST = 300
MOST_OPERATORS = 12
_QUOTES = str.maketrans("«»“”„‟＂", '"' * 7)
_UNSEEN = dict.fromkeys([*range(32), 127, *range(0xD800, 0xE000)], " ")
_NUMBER = re.compile(r"\s*[#№]?\s?([1-9]\d{0,17})\s*", re.ASCII)
_TOKEN = re.compile(
    r"""(?P<minus>-)?
    (?: (?P<name>[^\W\d_]{2,20}):(?!//)(?:"(?P<quoted>[^"]*)"?|(?P<value>[^\s"]*))
      | "(?P<phrase>[^"]*)"?
      | (?P<word>[^\s"]+)
      ) """,
    re.VERBOSE,
)


@dataclass(frozen=True)
class Given:
    """An operator as it was typed; `value` is "" while it is being typed."""

    name: str
    value: str
    is_negated: bool
    source: str


@dataclass(frozen=True)
class Asked:
    """A question: plain words, words in a row, words that must not occur, operators, a number."""

    text: str = ""
    phrases: tuple[str, ...] = ()
    without: tuple[str, ...] = ()
    operators: tuple[Given, ...] = ()
    number: int | None = None
    is_cut: bool = False

    @property
    def terms(self) -> list[words.Term]:
        """What must occur, the words of phrases included, each once."""
        found = [term for phrase in self.phrases for term in words.query(phrase + " ")]
        loose = words.query(self.text)
        exact = {term.text for term in found}
        # A phrase's word that is typed again may still be the beginning of another.
        return found[: words.MAX_TERMS] + [t for t in loose if t.prefix or t.text not in exact]

    @property
    def unwanted(self) -> list[words.Term]:
        """What must not occur."""
        found = [term for word in self.without for term in words.query(word + " ")]
        return found[: words.MAX_TERMS]


def read(question: str) -> Asked:
    """Take a question apart; never raises."""
    text = question.translate(_UNSEEN).translate(_QUOTES)
    is_cut = len(text.strip()) > LONGEST
    text = text[:LONGEST]
    if number := _NUMBER.fullmatch(text):
        return Asked(text=text.replace("№", "#"), number=int(number[1]), is_cut=is_cut)
    plain: list[str] = []
    phrases: list[str] = []
    without: list[str] = []
    operators: list[Given] = []
    at = 0
    for token in _TOKEN.finditer(text):
        if token["name"]:
            operators.append(_given(token))
        elif token["minus"] and (token["phrase"] or _has_word(token["word"])):
            without.append(token["phrase"] or token["word"])
        elif token["phrase"] is not None:
            phrases.append(token["phrase"])
        else:
            continue
        plain += [text[at : token.start()], " "]
        at = token.end()
    # What lies between stays as it was typed: a telephone number has spaces in it, and a space at
    # the end says that the last word is finished.
    loose = "".join([*plain, text[at:]])
    lasting = tuple(phrase for phrase in phrases if _has_word(phrase))
    return Asked(loose, lasting, tuple(without), tuple(operators[:MOST_OPERATORS]), None, is_cut)


def _given(token: re.Match[str]) -> Given:
    value = token["quoted"] if token["quoted"] is not None else token["value"]
    return Given(token["name"].lower(), value.strip(), bool(token["minus"]), token.group())


def _has_word(text: str | None) -> bool:
    return bool(text) and any(letter.isalnum() for letter in text or "")


def as_text(asked: Asked, refused: tuple[Given, ...]) -> Asked:
    """The same question with operators that cannot be read as words of their own."""
    kept = tuple(given for given in asked.operators if given not in refused)
    loose = " ".join(f"{given.name} {given.value}" for given in refused if given.value)
    text = f"{loose} {asked.text}" if loose else asked.text
    return Asked(text, asked.phrases, asked.without, kept, asked.number, asked.is_cut)
