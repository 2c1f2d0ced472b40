"""Counts kept by the difference that each conversation makes when something happened to it."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from typing import TypeVar

from okno.desk.buckets import MINE, RESTING, Place
from okno.spine import current

# Four or five values a row; SQLite takes 32,766 in one statement.
ROWS_AT_ONCE = 2_000
Key = tuple[int, int, str]
T = TypeVar("T")


def _parts(rows: Sequence[T]) -> Iterator[Sequence[T]]:
    for start in range(0, len(rows), ROWS_AT_ONCE):
        yield rows[start : start + ROWS_AT_ONCE]


def keep(found: Sequence[Place]) -> None:
    """Write where these conversations are counted now, and what that changes in the tallies."""
    for some in _parts(found):
        before = _before([place.number for place in some])
        changed = [p for p in some if before.get(p.number, Place(p.number, 0, 0, "")) != p]
        if not changed:
            continue
        by: Counter[Key] = Counter()
        for place in changed:
            _add(by, place, 1)
            if place.number in before:
                _add(by, before[place.number], -1)
        _write([place for place in changed if place.buckets])
        _drop([place.number for place in changed if not place.buckets])
        _move(by)


def _add(by: "Counter[Key]", place: Place, sign: int) -> None:
    for bucket in place.buckets.split():
        if bucket != MINE:
            by[0, place.team_id, bucket] += sign
        if place.agent_id:
            by[place.agent_id, place.team_id, bucket] += sign


def _before(numbers: Sequence[int]) -> dict[int, Place]:
    cursor = current().cursor
    cursor.execute(
        "SELECT conversation_id, team_id, agent_id, buckets FROM desk_counted"
        f" WHERE conversation_id IN ({_marks(numbers)})",
        numbers,
    )
    return {row[0]: Place(*row) for row in cursor.fetchall()}


def _marks(values: Sequence[object], one: str = "%s") -> str:
    return ", ".join([one] * len(values))


def _write(places: Sequence[Place]) -> None:
    if places:
        current().cursor.execute(
            "INSERT INTO desk_counted (conversation_id, team_id, agent_id, buckets)"
            f" VALUES {_marks(places, '(%s, %s, %s, %s)')} ON CONFLICT (conversation_id) DO UPDATE"
            " SET team_id = excluded.team_id, agent_id = excluded.agent_id,"
            " buckets = excluded.buckets",
            [value for p in places for value in (p.number, p.team_id, p.agent_id, p.buckets)],
        )


def _drop(numbers: Sequence[int]) -> None:
    if numbers:
        current().cursor.execute(
            f"DELETE FROM desk_counted WHERE conversation_id IN ({_marks(numbers)})", numbers
        )


def _move(by: "Counter[Key]") -> None:
    rows = [(*key, n) for key, n in by.items() if n]
    for some in _parts(rows):
        current().cursor.execute(
            "INSERT INTO desk_tally (agent_id, team_id, bucket, n)"
            f" VALUES {_marks(some, '(%s, %s, %s, %s)')} ON CONFLICT (agent_id, team_id, bucket)"
            " DO UPDATE SET n = desk_tally.n + excluded.n",
            [value for row in some for value in row],
        )


def counted_now() -> list[int]:
    """The numbers of all that are counted and do not rest. Call it in a unit."""
    cursor = current().cursor
    cursor.execute(
        f"SELECT conversation_id FROM desk_counted WHERE buckets NOT IN ({_marks(RESTING)})",
        RESTING,
    )
    return [row[0] for row in cursor.fetchall()]


def keep_all(found: Iterable[Place]) -> None:
    """Write it for all that do not rest: who of them is not among `found` is counted no more."""
    there = {place.number: place for place in found}
    keep([*there.values(), *(Place(n, 0, 0, "") for n in counted_now() if n not in there)])
    current().cursor.execute("DELETE FROM desk_tally WHERE n = 0")


def free(team_ids: Sequence[int]) -> None:
    """What these teams had is nobody's now: they were deleted. Those that rest too, of which
    nothing else is told."""
    cursor = current().cursor
    for team_id in team_ids:
        cursor.execute("UPDATE desk_counted SET team_id = 0 WHERE team_id = %s", [team_id])
        cursor.execute(
            "INSERT INTO desk_tally (agent_id, team_id, bucket, n)"
            " SELECT agent_id, 0, bucket, n FROM desk_tally WHERE team_id = %s"
            " ON CONFLICT (agent_id, team_id, bucket)"
            " DO UPDATE SET n = desk_tally.n + excluded.n",
            [team_id],
        )
        cursor.execute("DELETE FROM desk_tally WHERE team_id = %s", [team_id])


def forget() -> None:
    """Empty both tables, before the log is replayed into them."""
    current().cursor.execute("DELETE FROM desk_counted")
    current().cursor.execute("DELETE FROM desk_tally")
