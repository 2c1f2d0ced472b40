"""The database itself keeps the log as it is."""

from contextlib import contextmanager

import pytest
from django.db import DatabaseError, connection, transaction

from okno.spine import guard
from okno.spine.models import Event


@contextmanager
def refused():
    with pytest.raises(DatabaseError, match="append-only"), transaction.atomic():
        yield


def test_a_protected_log_can_only_grow(db):
    assert not guard.is_protected(), "tests empty their tables, so theirs goes without"
    guard.protect()
    assert guard.is_protected()
    rows = {"name": "a.b", "subject_type": "a", "subject_id": 1, "at": "2026-01-01T00:00Z"}
    Event.objects.create(**rows)
    with refused():
        Event.objects.update(depth=1)
    with refused():
        Event.objects.all().delete()
    with refused(), connection.cursor() as cursor:
        cursor.execute("DELETE FROM spine_event WHERE id > 0")
    Event.objects.create(**rows)
    assert Event.objects.count() == 2


def test_protecting_twice_is_protecting_once(db):
    guard.protect()
    guard.protect()
    assert guard.is_protected()


def test_half_a_guard_is_none(db):
    guard.protect()
    on = " ON spine_event" if connection.vendor == "postgresql" else ""
    with connection.cursor() as cursor:
        name = "spine_event_no_change" if on else "spine_event_no_delete"
        cursor.execute(f"DROP TRIGGER {name}{on}")
    assert not guard.is_protected()
