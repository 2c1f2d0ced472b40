"""What a question finds: conversations, newest or best first, as rows of the list."""

from dataclasses import dataclass, field
from typing import Any

from django.db.models import Q

from okno.access.models import Agent
from okno.access.policy import person
from okno.desk.models import Message
from okno.desk.queries import PAGE, BadKey, listing
from okno.desk.search.candidates import Hit, Looking, condition
from okno.desk.search.language import LONGEST, Asked, read
from okno.desk.search.operators import Wanted, understood
from okno.desk.search.picked import rows_of
from okno.desk.search.problems import Problem, only_without, too_long
from okno.desk.search.ranking import BEST_OF, ranked
from okno.desk.search.snippets import snippet
from okno.kit import words
from okno.kit.numbers import identifier
from okno.spine import Actor, System
from okno.spine.rows import flat


@dataclass(frozen=True)
class Results:
    """A page of rows, the key of the next, what was looked for and what could not be read."""

    rows: list[dict[str, Any]] = field(default_factory=list)
    next: str = ""
    terms: list[words.Term] = field(default_factory=list)
    problems: tuple[Problem, ...] = ()


def find(
    actor: Actor, question: str, *, limit: int = PAGE, after: str = "", is_best_first: bool = False
) -> Results:
    """Conversations in which a message holds everything asked, its newest fitting message first.

    Rows are those of `queries.listing` with `message_id` (None without words) and `snippet`. Spam
    and the bin are left out, except for a number (#12), which is found wherever it is, and for
    is:spam and is:bin. For agents only, because the index knows tags. `after` is the `next` of the
    page before; raises BadKey. A page may hold fewer rows than `limit`, even none, and still have a
    next: one question looks at a bounded number of messages.
    """
    if not isinstance(person(actor), Agent | System):
        _key(after, is_best_first)
        return Results()
    asked = read(question)
    wanted = understood(actor, asked)
    problems = wanted.problems + ((too_long(LONGEST),) if asked.is_cut else ())
    terms = wanted.asked.terms
    if terms:
        key = _key(after, is_best_first)
        looking = Looking(actor, wanted)
        hits, following = (
            _best(looking, key, limit, terms) if is_best_first else _newest(looking, key, limit)
        )
        numbers = {hit.conversation_id: hit.message_id for hit in hits}
        rows = _rows(actor, {**_pinned(asked, after), **numbers}, terms)
    elif wanted.asked.operators:
        rows, following = _by_operators(actor, wanted, limit, after)
    else:
        _key(after, is_best_first)
        rows, following = [], ""
        problems += (only_without(),) if wanted.asked.without else ()
    return Results(rows, following, terms, problems)


def _pinned(asked: Asked, after: str) -> dict[int, int | None]:
    """The conversation of a number that was asked for, before all others."""
    return {asked.number: None} if asked.number is not None and not after else {}


def _key(after: str, is_best_first: bool) -> tuple[int, int] | None:
    """(score, message) where the page before ended; by time there is no score, and 0 stands for it.

    Raises BadKey.
    """
    if not after:
        return None
    score, message = identifier(after.partition("-")[0]), identifier(after.rpartition("-")[2])
    if score is None or message is None or after.count("-") != int(is_best_first):
        raise BadKey("this page key is not one of ours")
    return score if is_best_first else 0, message


def _newest(looking: Looking, key: tuple[int, int] | None, limit: int) -> tuple[list[Hit], str]:
    found = looking.newest(key[1] if key else None, limit)
    return found.hits, "" if found.position is None else str(found.position)


def _best(
    looking: Looking, key: tuple[int, int] | None, limit: int, terms: list[words.Term]
) -> tuple[list[Hit], str]:
    pairs = ranked(looking.newest(None, BEST_OF).hits, terms)
    if key:
        pairs = [pair for pair in pairs if (pair[0], pair[1].message_id) < key]
    shown = pairs[:limit]
    more = len(pairs) > limit
    return [hit for _, hit in shown], f"{shown[-1][0]}-{shown[-1][1].message_id}" if more else ""


def _by_operators(actor: Actor, wanted: Wanted, limit: int, after: str) -> tuple[list[Any], str]:
    """Without words: the list itself, narrowed."""
    where = condition(wanted)
    if wanted.since:
        where &= Q(last_message_at__gte=wanted.since)
    if wanted.until:
        where &= Q(created_at__lt=wanted.until)
    page = listing(actor, where, after=after, limit=limit)
    for row in page.rows:
        row |= {"message_id": None, "snippet": row["preview"]}
    return page.rows, page.next


def _rows(
    actor: Actor, found: dict[int, int | None], terms: list[words.Term]
) -> list[dict[str, Any]]:
    if not found:
        return []
    rows = rows_of(actor, list(found))
    texts = dict(flat(Message, ("id", "text"), id__in=[i for i in found.values() if i]))
    for number, row in rows.items():
        row["message_id"] = found[number]
        row["snippet"] = snippet(texts.get(found[number] or 0, row["preview"]), terms)
    return [rows[number] for number in found if number in rows]
