"""What could stand at the end of a question that is being typed: operators and their values."""

import re
from collections.abc import Iterable
from dataclasses import dataclass

from okno.access.models import Agent
from okno.access.policy import person
from okno.desk.search import contacts, values
from okno.desk.search.language import LONGEST
from okno.desk.search.operators import BY_NAME, OPERATORS, Operator
from okno.desk.search.problems import quoted
from okno.spine import Actor, System

MOST = 8
_TAIL = re.compile(r"(?P<before>(?:.*\s)?-?)(?:(?P<name>[^\W\d_]{2,20}):)?(?P<part>\"?[^\"\s]*)")
_OPEN_QUOTE = re.compile(r"(?P<before>(?:.*\s)?-?)(?P<name>[^\W\d_]{2,20}):\"(?P<part>[^\"]*)")


@dataclass(frozen=True)
class Offer:
    """What to show, and the whole question once it is taken."""

    label: str
    question: str


def offers(actor: Actor, question: str, *, is_russian: bool) -> list[Offer]:
    """Up to MOST continuations; all operators for an empty question, none where nothing fits."""
    text = question[:LONGEST]
    tail = _OPEN_QUOTE.fullmatch(text) or _TAIL.fullmatch(text)
    if tail is None or not isinstance(person(actor), Agent | System):
        return []
    before, name, part = tail["before"], (tail["name"] or "").lower(), tail["part"].lstrip('"')
    if name:
        known = BY_NAME.get(name)
        return _values(actor, known, before, name, part) if known else []
    if text.strip() and not part:
        return []
    return _operators(before, part, is_russian)


def _operators(before: str, part: str, is_russian: bool) -> list[Offer]:
    names = [each.russian if is_russian else each.name for each in OPERATORS]
    if part:
        names = [name for name in BY_NAME if name.startswith(part.lower())]
    found = [Offer(f"{name}:", f"{before}{name}:") for name in names]
    return found[: len(OPERATORS)]


def _values(actor: Actor, operator: Operator, before: str, name: str, part: str) -> list[Offer]:
    known: Iterable[str] = operator.offer(actor)
    if operator.name == "from":
        known = _clients(actor, part)
    wanted = values.folded(part)
    if name == operator.russian:
        # A Russian name wants Russian words first; names of people may be in either script.
        known = sorted(known, key=str.isascii)
    begins = [each for each in known if values.folded(each).startswith(wanted)]
    holds = [each for each in known if wanted in values.folded(each) and each not in begins]
    return [
        Offer(each, f"{before}{name}:{quoted(each)} ")
        for each in dict.fromkeys([*begins, *holds])
        if values.folded(each) != wanted
    ][:MOST]


def _clients(actor: Actor, part: str) -> list[str]:
    found = contacts.find(actor, part, MOST) if len(part) > 1 else []
    return [row["called"] for row in found]
