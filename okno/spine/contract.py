"""What others give the spine: events, readers, jobs and timers."""

import dataclasses
import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from fnmatch import fnmatchcase
from functools import lru_cache
from typing import Any, Literal, TypeVar, cast, dataclass_transform

from okno.kit.registry import Registry

E = TypeVar("E", bound=type)

_PLAIN = re.compile(r"[\w.:+-]{0,64}", re.ASCII)


# The regions of a page that an event touches unless it says which.
PARTS = ("thread", "card", "list")


@dataclass(frozen=True)
class EventType:
    """What is known of one kind of event: its data class, subject, version and sentence.

    `subject` is "" for what may happen to subjects of any type."""

    name: str
    subject: str
    version: int
    data: Callable[..., Any]
    sentence: str
    parts: tuple[str, ...] = PARTS

    def subject_of(self, values: dict[str, Any]) -> tuple[str, int]:
        """Type and id of the subject of an event with these fields."""
        if not self.subject:
            return values["subject_type"], values["subject_id"]
        return self.subject, values[self.subject]


events: Registry[EventType] = Registry("event")
_type_of: dict[type, EventType] = {}


@dataclass_transform(frozen_default=True)
def event(
    name: str,
    *,
    subject: str = "",
    version: int = 1,
    sentence: str = "",
    parts: tuple[str, ...] = PARTS,
) -> Callable[[E], E]:
    """Declare a frozen dataclass as the event `name`.

    Its field named like `subject` holds the subject's id (without one: `subject_type` and
    `subject_id` say which it is); the others hold ids, numbers, flags and enum values only: no text
    of a person, so that erasing one never edits the log.
    `sentence` is its line in the timeline, with the fields as `{placeholders}`; `parts` are the
    regions of open pages that it touches.
    """

    def declare(cls: E) -> E:
        made = cast(E, dataclass(frozen=True)(cls))
        kind = EventType(name, subject, version, made, sentence, parts)
        events.add(name, kind)
        _type_of[made] = kind
        return made

    return declare


def type_of(data: object) -> EventType:
    """The declaration of an event object; raises TypeError for anything else."""
    try:
        return _type_of[type(data)]
    except KeyError:
        raise TypeError(f"{type(data).__name__} is not an event; declare it with @event") from None


def flat(data: Any) -> dict[str, Any]:
    """An event's fields as plain values; raises ValueError for text that might be personal."""
    values = {field.name: getattr(data, field.name) for field in dataclasses.fields(data)}
    for name, value in values.items():
        _check(name, value)
    return values


def _check(name: str, value: Any) -> None:
    if value is None or isinstance(value, (bool, int, float)):
        return
    if isinstance(value, str) and _PLAIN.fullmatch(value):
        return
    if isinstance(value, (list, tuple)):
        for item in value:
            _check(name, item)
        return
    raise ValueError(f"event field {name!r} may hold ids, numbers and short codes only")


@dataclass(frozen=True)
class Happened:
    """One row of the log, as readers see it."""

    id: int
    name: str
    subject_type: str
    subject_id: int
    actor_type: str
    actor_id: int | None
    via: str
    cause_id: int | None
    depth: int
    at: datetime
    data: dict[str, Any]


# The first event that a new reader takes: the first of the log, or the next one.
Begins = Literal["log", "now"]


@dataclass(frozen=True)
class Reader:
    """A subscription: `run` is called once for each event in order, inside a unit; or, when the
    reader prepares, once with what `prepare` made of several events before the unit."""

    name: str
    on: tuple[str, ...]
    run: Callable[..., None]
    begins: Begins = "log"
    after: tuple[str, ...] = ()
    clear: Callable[[], None] | None = None
    prepare: Callable[[list[Happened]], Any] | None = None
    sees_own: bool = False

    @property
    def via(self) -> str:
        """The door by which it records, in the log for good."""
        return f"reader:{self.name}"

    def wants(self, name: str) -> bool:
        return _fits(self.on, name)


@lru_cache(maxsize=4096)
def _fits(patterns: tuple[str, ...], name: str) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)


@dataclass(frozen=True)
class Job:
    """Work that touches the outside world; runs at least once, so it must bear being repeated."""

    name: str
    run: Callable[..., None]
    tries: int
    local: bool
    together: bool


@dataclass(frozen=True)
class Timer:
    """What is done when a schedule of this name is due; runs inside a unit, effectively once."""

    name: str
    run: Callable[..., None]


readers: Registry[Reader] = Registry("reader")
jobs: Registry[Job] = Registry("job")
timers: Registry[Timer] = Registry("timer")

F = TypeVar("F", bound=Callable[..., None])


def reader(
    name: str,
    *,
    on: tuple[str, ...],
    begins: Begins | None = None,
    after: tuple[str, ...] = (),
    clear: Callable[[], None] | None = None,
    prepare: Callable[[list[Happened]], Any] | None = None,
    sees_own: bool = False,
) -> Callable[[F], F]:
    """Subscribe a function to events by name pattern.

    `clear` empties the tables this reader fills, so that they can be rebuilt by replaying the log:
    a projection, which sees every event from the first. A reader without it acts. It must say where
    it `begins` when an upgrade brings it: "now", or "log" when old events are its business too;
    and it does not see what it caused, near or far, unless it `sees_own`.

    `after` names readers that go first: this one never passes their cursor. `prepare` does the slow
    reading and reckoning for several events outside the unit, where nobody waits for the write
    lock and what those before it wrote is there; the reader is then called once with its result.
    Raises ValueError when `begins` is missing, or contradicts `clear`.
    """
    if begins is None and clear is None:
        raise ValueError(f'{name} acts: say begins="now" or begins="log", or how to `clear` it')
    if begins == "now" and clear is not None:
        raise ValueError(f"{name} can be rebuilt, so it begins with the log")

    def declare(run: F) -> F:
        sees = sees_own or clear is not None
        readers.add(name, Reader(name, on, run, begins or "log", after, clear, prepare, sees))
        return run

    return declare


def job(
    name: str, *, tries: int = 8, local: bool = False, together: bool = False
) -> Callable[[F], F]:
    """Declare a job: `run(job_run, **args)`; with `together`, `run(job_runs)`: those that were
    claimed at once and never tried before, because a commit costs more than what is in it.

    `tries` is how often a failure is repeated before a person must look. `local` jobs reach no
    network and have threads of their own, so that slow servers never hold them up.
    """

    def declare(run: F) -> F:
        jobs.add(name, Job(name, run, tries, local, together))
        return run

    return declare


def timer(name: str) -> Callable[[F], F]:
    """Declare what a due schedule does: `run(**args)`, in a unit of its own."""

    def declare(run: F) -> F:
        timers.add(name, Timer(name, run))
        return run

    return declare
