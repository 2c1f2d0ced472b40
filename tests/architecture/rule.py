"""What a rule is: a check, where it applies, and examples that prove it can fail."""

import textwrap
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from tests.architecture.source import File, House

Findings = Iterator[tuple[int, str]]
Check = Callable[[File, House], Findings]
Example = tuple[str, str]


@dataclass(frozen=True)
class Rule:
    name: str
    check: Check
    where: Callable[[File], bool]
    bad: tuple[File, ...]
    good: tuple[File, ...]

    def findings(self, file: File, house: House) -> list[str]:
        """`path:line: what to do` for each place that breaks the rule."""
        if not self.where(file):
            return []
        found = sorted(set(self.check(file, house)))
        return [f"{file.path}:{line}: {message}" for line, message in found]


RULES: list[Rule] = []


def rule(
    where: Callable[[File], bool], *, bad: list[Example], good: list[Example]
) -> Callable[[Check], Check]:
    """Register a check. `bad` and `good` are (path, source) pairs it must catch and let pass."""

    def register(check: Check) -> Check:
        RULES.append(Rule(check.__name__, check, where, _files(bad), _files(good)))
        return check

    return register


def _files(examples: list[Example]) -> tuple[File, ...]:
    return tuple(File(path, textwrap.dedent(text)) for path, text in examples)


def product(file: File) -> bool:
    return file.is_product


def python(file: File) -> bool:
    return file.is_python and not file.is_migration


def anything(file: File) -> bool:
    return True
