"""The one place that tells the time, so that a test can hold it."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

_held: datetime | None = None
_shift = timedelta()
_wrong = timedelta()


def now() -> datetime:
    """The present instant, aware, in UTC."""
    return (_held or datetime.now(UTC) + _wrong) + _shift


def shift() -> timedelta | None:
    """How far a test has moved this clock from the machine's; None when it holds it."""
    return None if _held else _shift


@contextmanager
def held_at(moment: datetime) -> Iterator[None]:
    """Stop the clock at `moment` (aware); a test's fake, shared by all threads of the process."""
    global _held
    before, _held = _held, moment
    try:
        yield
    finally:
        _held = before


@contextmanager
def moved(by: timedelta) -> Iterator[None]:
    """Run the clock `by` ahead of the real one (negative: behind)."""
    global _shift
    before, _shift = _shift, _shift + by
    try:
        yield
    finally:
        _shift = before


@contextmanager
def wrong(by: timedelta) -> Iterator[None]:
    """Run this machine's clock `by` ahead of that of all others, the database's too."""
    global _wrong
    before, _wrong = _wrong, by
    try:
        yield
    finally:
        _wrong = before
