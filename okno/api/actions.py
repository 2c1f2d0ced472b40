"""Writes of the idempotency table, inside the unit of the effect they belong to."""

from datetime import timedelta

from okno.access.models import Agent
from okno.api.models import IdempotencyRecord
from okno.kit import clock
from okno.spine import rows, sql

KEPT_FOR = timedelta(hours=24)
FORGOTTEN_AT_ONCE = 100


def claim(agent: Agent, key: str, request_hash: str) -> tuple[IdempotencyRecord, bool]:
    """The record of a key, and whether it is new and ours to fill.

    Two at once: the database lets one in; the other waits for its commit and gets its record.
    """
    values = {"agent_id": agent.pk, "key": key, "request_hash": request_hash}
    made = sql.insert_new(IdempotencyRecord, ("agent_id", "key"), **values)
    if made is not None and made % (FORGOTTEN_AT_ONCE // 2) == 0:
        _forget_old()
    record = rows.one(IdempotencyRecord, agent_id=agent.pk, key=key)
    assert record is not None
    return record, made is not None


def fill(record: IdempotencyRecord, status: int, body: str) -> None:
    """Keep the answer."""
    record.status, record.body = status, body
    sql.update(IdempotencyRecord, record.pk, status=status, body=body)


def _forget_old() -> None:
    """Answers hold what people wrote, so they do not stay: as many go as have come."""
    old = IdempotencyRecord.kept.filter(created_at__lt=clock.now() - KEPT_FOR)
    ids = old.select_for_update(skip_locked=True).values_list("pk", flat=True)[:FORGOTTEN_AT_ONCE]
    if found := list(ids):
        IdempotencyRecord.kept.filter(pk__in=found).delete()
