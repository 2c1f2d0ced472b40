"""The orders a list of conversations may have, each walked by key on an index."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db.models import Q, QuerySet
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from okno.desk.models import Conversation
from okno.kit.numbers import identifier
from okno.spine.statements import flat

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class BadKey(ValueError):
    """A page key that is not one of ours."""


@dataclass(frozen=True)
class Leg:
    """One stretch of an order: its rows, the instant they go by ("" for the number alone).

    `lead` is put before the order, for an index that begins with a column which is the same here.
    """

    letter: str
    instant: str
    where: Q = field(default_factory=Q)
    is_falling: bool = False
    lead: tuple[str, ...] = ()

    @property
    def order(self) -> tuple[str, ...]:
        sign = "-" if self.is_falling else ""
        columns = (self.instant, "number") if self.instant else ("number",)
        return (*self.lead, *(sign + column for column in columns))

    def beyond(self, at: datetime, number: int) -> Q:
        """The rows behind a key."""
        side = "lt" if self.is_falling else "gt"
        further = Q(**{f"number__{side}": number})
        if not self.instant:
            return further
        # The first part is implied by the second; it lets SQLite enter the index at the key.
        near = Q(**{f"{self.instant}__{side}e": at})
        return near & (Q(**{f"{self.instant}__{side}": at}) | Q(**{self.instant: at}) & further)


@dataclass(frozen=True)
class Sort:
    """An order that lists may have; its legs follow one another."""

    name: str
    label: str | Promise
    legs: tuple[Leg, ...]


_WAITS = Q(waiting_since__isnull=False)
SORTS = {
    sort.name: sort
    for sort in (
        Sort(
            "newest",
            pgettext_lazy("sort", "Newest message first"),
            (Leg("", "last_message_at", is_falling=True),),
        ),
        Sort(
            "oldest", pgettext_lazy("sort", "Oldest message first"), (Leg("", "last_message_at"),)
        ),
        Sort(
            "time_left",
            pgettext_lazy("sort", "Least time left first (waiting for us only)"),
            (
                Leg("d", "due_at", _WAITS & Q(due_at__isnull=False)),
                # waiting_since stands in for a deadline that no policy has set.
                Leg("w", "waiting_since", _WAITS & Q(due_at__isnull=True), lead=("due_at",)),
            ),
        ),
        Sort(
            "opened_last",
            pgettext_lazy("sort", "Opened last first"),
            (Leg("n", "", is_falling=True),),
        ),
        Sort("opened_first", pgettext_lazy("sort", "Opened first first"), (Leg("n", ""),)),
    )
}


def sort_named(name: object) -> Sort:
    """The order of that name; raises ValueError, naming those there are."""
    if isinstance(name, str) and name in SORTS:
        return SORTS[name]
    raise ValueError(f"no sort {str(name)[:40]!r}; known: {', '.join(SORTS)}")


Where = Q | Callable[..., Q]


@dataclass(frozen=True)
class _Stretch:
    """The rows of one leg behind a key, as the statement they are read by."""

    scope: Q
    where: Where
    beyond: Q
    sort: str
    leg: int
    columns: tuple[str, ...]
    limit: int

    def __call__(self, *numbers: int) -> QuerySet[Conversation, dict[str, Any]]:
        leg = SORTS[self.sort].legs[self.leg]
        where = self.where if isinstance(self.where, Q) else self.where(*numbers)
        found = Conversation.objects.filter(self.scope).filter(where)
        here = found.filter(leg.where, self.beyond).order_by(*leg.order)
        rows: QuerySet[Conversation, dict[str, Any]] = here.values(*self.columns)
        return rows[: self.limit]


def page(
    scope: Q,
    where: Where,
    sort: Sort,
    columns: tuple[str, ...],
    after: str,
    limit: int,
    numbers: tuple[int, ...] = (),
) -> tuple[list[dict[str, Any]], str]:
    """`limit` flat rows of what fits both conditions behind the key `after`, and the key of the
    next page, "" at the end. Raises BadKey. `where` may be a function that is told `numbers`.
    """
    start, beyond = 0, Q()
    rows: list[dict[str, Any]] = []
    if after:
        start, at, number = _read(after, sort)
        beyond = sort.legs[start].beyond(at, number)
    for leg in range(start, len(sort.legs)):
        missing = limit + 1 - len(rows)
        rows += flat(_Stretch(scope, where, beyond, sort.name, leg, columns, missing), *numbers)
        beyond = Q()
        if len(rows) > limit:
            return rows[:limit], _key(sort, rows[limit - 1])
    return rows, ""


def _key(sort: Sort, row: Mapping[str, Any]) -> str:
    leg = next(one for one in sort.legs if not one.instant or row[one.instant] is not None)
    return leg.letter + make_key(row[leg.instant] if leg.instant else None, row["number"])


def _read(key: str, sort: Sort) -> tuple[int, datetime, int]:
    for place, leg in enumerate(sort.legs):
        if key.startswith(leg.letter):
            at, number = read_key(key[len(leg.letter) :])
            return place, at, number
    raise BadKey("this page key is not one of ours")


def make_key(at: datetime | None, number: int) -> str:
    """A page key: where the next page begins."""
    # Not by float seconds: they are off by a microsecond now and then, and a row goes missing.
    micros = (at - _EPOCH) // timedelta(microseconds=1) if at else 0
    return f"{micros}-{number}"


def read_key(key: str) -> tuple[datetime, int]:
    """The instant and number in a page key; raises BadKey."""
    at, dash, number = key.partition("-")
    micros, pk = identifier(at), identifier(number)
    # The last microsecond that `datetime` knows has 18 digits.
    if not dash or micros is None or pk is None or len(at) > 17:
        raise BadKey("this page key is not one of ours")
    return datetime.fromtimestamp(micros // 1_000_000, UTC).replace(
        microsecond=micros % 1_000_000
    ), pk
