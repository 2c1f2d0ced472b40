"""The unit of work: everything a verb changes and records, in one transaction."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from functools import lru_cache, wraps
from typing import Any, Concatenate, ParamSpec, TypeVar

from django.db import connection, transaction
from django.db.backends.utils import CursorWrapper

from okno.kit import clock
from okno.kit.failpoint import failpoint
from okno.kit.failures import OwnWords
from okno.spine import contract, wake
from okno.spine.actors import Actor, System
from okno.spine.write_turn import WriteTurn

# Chosen once, for all Okno processes of a database: "okno" in ASCII.
EVENT_LOCK = 0x6F6B6E6F
DEEPEST = 5
# SQLite takes 32,766 parameters in one statement.
ROWS_AT_ONCE = 1_000


_write_turn = WriteTurn()
_current: ContextVar["Unit | None"] = ContextVar("unit", default=None)


class NotInUnit(RuntimeError):
    """A verb was called outside `spine.unit`."""


class TooDeep(OwnWords):
    """What happened caused what happened, more than five times over: a loop of readers."""


@contract.event("reader.loop_stopped", sentence="A loop was stopped: {reader}")
class LoopStopped:
    """A reader would have been the sixth step of one chain of causes: its work for an event was
    undone. The subject is that event's."""

    subject_type: str
    subject_id: int
    reader: str
    event: int


@dataclass(frozen=True)
class Recorded:
    """An event on its way into the log, with the event that caused it."""

    data: Any
    key: str | None
    actor: Actor
    via: str
    cause: contract.Happened | None

    @property
    def depth(self) -> int:
        return self.cause.depth + 1 if self.cause else 0


@dataclass
class Unit:
    """The open unit: in whose name, through which door, because of which event.

    A unit of several readers goes on under another name for each. `cursor` is for the hot path,
    which would else make one for each statement.
    """

    actor: Actor
    via: str
    cause: contract.Happened | None = None
    pending: list[Recorded] = field(default_factory=list)
    wakes: set[str] = field(default_factory=set)
    cursor: CursorWrapper = field(init=False, repr=False)


@contextmanager
def unit(actor: Actor, via: str, cause: contract.Happened | None = None) -> Iterator[Unit]:
    """Open the outermost boundary; verbs called inside share one transaction.

    `via` names the door (`console`, `api`, `mail`, `reader:...`). Commits at the end, then wakes
    the readers; on an exception nothing has happened. Raises RuntimeError when a unit is open.
    """
    if _current.get() is not None:
        raise RuntimeError("units do not nest: compose verbs inside the one that is open")
    opened = Unit(actor, via, cause)
    token = _current.set(opened)
    try:
        with (
            _one_writer(),
            transaction.atomic(durable=True),
            connection.cursor() as opened.cursor,
        ):
            yield opened
            if opened.pending:
                opened.wakes.add(wake.EVENTS)
                _append(opened)
            failpoint("event.after_append_before_publish")
    finally:
        _current.reset(token)
    wake.ring(opened.wakes)
    wake.tell(opened.wakes)


def _one_writer() -> Any:
    return _write_turn if connection.vendor == "sqlite" else nullcontext()


@contextmanager
def bookkeeping() -> Iterator[None]:
    """A transaction of the spine's own rows (claims, cursors), which records nothing."""
    with _one_writer(), transaction.atomic():
        yield


def current() -> Unit:
    """The open unit; raises NotInUnit."""
    opened = _current.get()
    if opened is None:
        raise NotInUnit("call this inside `with spine.unit(actor, via):`")
    return opened


P = ParamSpec("P")
R = TypeVar("R")
A = TypeVar("A", bound=Actor)


def verb(run: Callable[Concatenate[A, P], R]) -> Callable[Concatenate[A, P], R]:
    """What a verb records is done by the actor that it is given, its first argument.

    Whoever is named first is meant: the unit's actor, or in a unit of the product itself (a reader,
    a timer) the actor of the outermost verb that names somebody. SYSTEM names nobody: a verb that
    calls another one as SYSTEM asks no leave, and the deed stays its own actor's.
    """

    @wraps(run)
    def acted(actor: A, /, *args: P.args, **kwargs: P.kwargs) -> R:
        opened = _current.get()
        before = opened.actor if opened is not None else None
        if opened is None or not isinstance(before, System) or isinstance(actor, System):
            return run(actor, *args, **kwargs)
        opened.actor = actor
        try:
            return run(actor, *args, **kwargs)
        finally:
            opened.actor = before

    return acted


def rouse(topic: str) -> None:
    """Ring the bell of that topic when the open unit has committed, if one is open."""
    if (opened := _current.get()) is not None:
        opened.wakes.add(topic)


def record(data: Any, *, key: str | None = None) -> None:
    """Note an event for the log; written last in the unit. `key` makes it happen only once."""
    contract.type_of(data)
    opened = current()
    event = Recorded(data, key, opened.actor, opened.via, opened.cause)
    if event.depth > DEEPEST and not isinstance(data, LoopStopped):
        raise TooDeep(f"{opened.via} would be step {event.depth} of one chain of causes")
    opened.pending.append(event)


_COLUMNS = (
    "name, version, subject_type, subject_id, actor_type, actor_id, via, cause_id, depth, at,"
    " data, key"
)


@lru_cache(maxsize=32)
def _statement(count: int, vendor: str) -> str:
    data = "%s::jsonb" if vendor == "postgresql" else "%s"
    row = f"({'%s, ' * 10}{data}, %s)"
    return (
        f"INSERT INTO spine_event ({_COLUMNS}) VALUES {', '.join([row] * count)}"
        " ON CONFLICT (key) DO NOTHING"
    )


def _append(opened: Unit) -> None:
    here = opened.cursor.db
    if here.vendor == "postgresql":
        # Ids must become visible in their own order, or a reader polling `id >` skips some.
        opened.cursor.execute("SELECT pg_advisory_xact_lock(%s)", [EVENT_LOCK])
    at = here.ops.adapt_datetimefield_value(clock.now())
    rows = [_row(event, at) for event in opened.pending]
    for start in range(0, len(rows), ROWS_AT_ONCE):
        some = rows[start : start + ROWS_AT_ONCE]
        values = [value for row in some for value in row]
        opened.cursor.execute(_statement(len(some), here.vendor), values)


def _row(event: Recorded, at: Any) -> tuple[Any, ...]:
    kind = contract.type_of(event.data)
    values = contract.flat(event.data)
    return (
        kind.name,
        kind.version,
        *kind.subject_of(values),
        event.actor.actor_type,
        event.actor.actor_id,
        event.via,
        event.cause.id if event.cause else None,
        event.depth,
        at,
        json.dumps(values),
        event.key,
    )
