"""Counters that all processes share, for what may be guessed: passwords, codes, links."""

from django.db import connection

from okno.access.models import Count
from okno.kit import clock
from okno.spine.units import bookkeeping

_ONE_MORE = """
INSERT INTO access_count (key, times, until) VALUES (%s, 1, %s)
ON CONFLICT (key) DO UPDATE SET times = access_count.times + 1 RETURNING times
"""


def count(key: str, until: int) -> int:
    """Count one more under `key` (at most 120 characters); returns how many by now.

    `until` (seconds since 1970) is when the count may be forgotten.
    """
    now = int(clock.now().timestamp())
    with bookkeeping(), connection.cursor() as cursor:
        cursor.execute(_ONE_MORE, [key, until])
        times = int(cursor.fetchone()[0])
        if times == 1:
            Count.objects.filter(until__lt=now).delete()
    return times


def take_back(keys: list[str]) -> None:
    """Uncount one under each key: the guess was right, so it was none."""
    with bookkeeping():
        for row in Count.objects.select_for_update().filter(key__in=keys, times__gt=0):
            row.times -= 1
            row.save(update_fields=["times"])
