"""The operators: their names in both languages and what each asks of a conversation."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

from django.db.models import Q

from okno.access import queries as people
from okno.desk import queries
from okno.desk.search import dates, values
from okno.desk.search.language import Asked, Given, as_text
from okno.desk.search.problems import Problem, Unclear, unclear_value, unknown_operator
from okno.spine import Actor

Reader = Callable[[Actor, str], Q]
Offer = Callable[[Actor], Iterable[str]]


@dataclass(frozen=True)
class Operator:
    """One operator; `read` is None for the two that ask for a date. `offer` gives some values."""

    name: str
    russian: str
    read: Reader | None
    offer: Offer


def _words(known: Iterable[tuple[str, ...]]) -> Offer:
    return lambda actor: [word for each in known for word in each[:2]]


def _people(actor: Actor) -> Iterable[str]:
    return ["me", "nobody", "я", "никто", *people.agents(actor).values_list("name", flat=True)]


def _tags(actor: Actor) -> Iterable[str]:
    return queries.tags(actor).values_list("name", flat=True)


def _teams(actor: Actor) -> Iterable[str]:
    return people.teams(actor).values_list("name", flat=True)


def _channels(actor: Actor) -> Iterable[str]:
    rows = list(queries.channels(actor).values_list("kind", "name"))
    return [*dict.fromkeys(kind for kind, _ in rows), *(name for _, name in rows)]


def _dates(actor: Actor) -> Iterable[str]:
    return [*dates.OFFERED, *dates.OFFERED_RUSSIAN]


OPERATORS = (
    Operator("status", "статус", values.status, _words(values.STATUSES)),
    Operator("tag", "метка", values.tag, _tags),
    Operator("assignee", "ответственный", values.assignee, _people),
    Operator("team", "группа", values.team, _teams),
    Operator("channel", "канал", values.channel, _channels),
    Operator("from", "от", values.sender, lambda actor: ()),
    Operator("priority", "приоритет", values.priority, _words(values.PRIORITIES)),
    Operator("is", "есть", values.state, _words(values.STATES)),
    Operator("before", "до", None, _dates),
    Operator("after", "после", None, _dates),
)
BY_NAME = {name: each for each in OPERATORS for name in (each.name, each.russian)}


@dataclass(frozen=True)
class Wanted:
    """A question as it can be put to the database.

    `since` and `until` are asked of the message that fits, or of the conversation when there are
    no words.
    """

    asked: Asked
    where: Q = field(default_factory=Q)
    since: datetime | None = None
    until: datetime | None = None
    problems: tuple[Problem, ...] = ()

    @property
    def is_about_hidden(self) -> bool:
        """Whether spam or the bin is asked for by name."""
        return any(
            BY_NAME[each.name].name == "is" and values.folded(each.value) in values.HIDDEN
            for each in self.asked.operators
            if not each.is_negated
        )

    @property
    def is_for_mine(self) -> bool:
        """Whether only what is assigned to the asking agent is wanted."""
        return any(
            BY_NAME[each.name].name == "assignee" and values.folded(each.value) in values.ME
            for each in self.asked.operators
            if not each.is_negated
        )


def understood(actor: Actor, asked: Asked) -> Wanted:
    """Read every operator; those that cannot be read become words, with a problem for each."""
    wanted, refused = Wanted(asked), []
    for given in asked.operators:
        if not given.value:
            # Still being typed, and "Re:" of a subject looks the same.
            refused.append(given)
            continue
        try:
            wanted = _with(actor, wanted, given)
        except Unclear as error:
            refused.append(given)
            problem = unclear_value(given.source, given.name, given.value, error.nearest)
            wanted = replace(wanted, problems=(*wanted.problems, problem))
        except KeyError:
            refused.append(given)
            problem = unknown_operator(given.source, given.name, BY_NAME)
            wanted = replace(wanted, problems=(*wanted.problems, problem))
    return replace(wanted, asked=as_text(asked, tuple(refused)))


def _with(actor: Actor, wanted: Wanted, given: Given) -> Wanted:
    operator = BY_NAME[given.name]
    if operator.read is not None:
        where = operator.read(actor, given.value)
        return replace(wanted, where=wanted.where & (~where if given.is_negated else where))
    begins = dates.day(given.value)
    # "not before" is "after", which includes its day.
    if (operator.name == "after") != given.is_negated:
        return replace(wanted, since=max(begins, wanted.since or begins))
    return replace(wanted, until=min(begins, wanted.until or begins))
