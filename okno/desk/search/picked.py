"""Conversations picked by number: which of them an actor may see, and their rows."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from django.db import connection
from django.db.models import Q, QuerySet

from okno.desk.models import Conversation
from okno.desk.queries import ROW, attach_tags, scope
from okno.spine import Actor, statements


@dataclass(frozen=True)
class _Seen:
    """Those of some conversations that are in sight and fit, with these columns."""

    sight: Q
    where: Q
    columns: tuple[str, ...]

    def __call__(self, *numbers: int) -> QuerySet[Any, Any]:
        found = Conversation.objects.filter(self.sight, pk__in=numbers).filter(self.where)
        rows: QuerySet[Any, Any] = found.order_by().values(*self.columns)
        return rows


def seen_of(actor: Actor, numbers: Sequence[int], where: Q) -> set[int]:
    """Those of these conversations that the actor may see and that fit `where`."""
    sight = scope(actor)
    if sight is None or not numbers:
        return set()
    asked = _Seen(sight, where, ("number",))
    return {number for (number,) in statements.lists(asked, *statements.filled(numbers))}


def sees_here(actor: Actor, column: str, where: Q) -> tuple[str, tuple[Any, ...]]:
    """A condition in SQL, with its parameters: the conversation in `column` fits `where` and the
    actor may see it."""
    sight = scope(actor)
    asked = _Seen(Q(pk__in=()) if sight is None else sight, where, ("number",))
    text, parameters = statements.about(asked, column)
    # OFFSET 0: PostgreSQL would first gather everything the actor may see.
    return f"EXISTS ({text}{' OFFSET 0' * (connection.vendor == 'postgresql')})", parameters


def rows_of(actor: Actor, numbers: Sequence[int]) -> dict[int, dict[str, Any]]:
    """Those of these conversations that the actor may see, as flat rows of the list by number."""
    sight = scope(actor)
    if sight is None or not numbers:
        return {}
    asked = _Seen(sight, Q(), ROW)
    found = {row["number"]: row for row in statements.flat(asked, *statements.filled(numbers))}
    attach_tags(list(found.values()))
    return found
