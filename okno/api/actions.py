"""Writes of the idempotency table, inside the unit of the effect they belong to."""

from datetime import timedelta

from okno.access.models import Agent
from okno.api.models import IdempotencyRecord
from okno.kit import clock

KEPT_FOR = timedelta(hours=24)


def claim(agent: Agent, key: str, request_hash: str) -> tuple[IdempotencyRecord, bool]:
    """The record of a key, and whether it is new and ours to fill.

    Two at once: the database lets one in; the other waits for its commit and gets its record.
    """
    _forget_old()
    return IdempotencyRecord.kept.get_or_create(
        agent=agent, key=key, defaults={"request_hash": request_hash}
    )


def fill(record: IdempotencyRecord, status: int, body: str) -> None:
    """Keep the answer."""
    record.status, record.body = status, body
    record.save(update_fields=["status", "body"])


def _forget_old() -> None:
    """Answers hold what people wrote, so they do not stay; a few go with each new one."""
    old = IdempotencyRecord.kept.filter(created_at__lt=clock.now() - KEPT_FOR)
    ids = old.select_for_update(skip_locked=True).values_list("pk", flat=True)[:20]
    if found := list(ids):
        IdempotencyRecord.kept.filter(pk__in=found).delete()
