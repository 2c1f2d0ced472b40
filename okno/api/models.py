"""The API's one table: answers kept so that a repeated request gets the same one."""

from typing import ClassVar

from django.db import models

from okno.access.models import Agent
from okno.kit import clock


class IdempotencyRecord(models.Model):
    """The answer to a request with an Idempotency-Key, committed together with its effect."""

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="+")
    key = models.CharField(max_length=64)
    request_hash = models.CharField(max_length=64)
    status = models.SmallIntegerField(default=0)
    body = models.TextField(default="")
    created_at = models.DateTimeField(default=clock.now, db_index=True)

    # Not `objects`: a face reads the nouns of the house through queries, this noun is its own.
    kept: ClassVar[models.Manager["IdempotencyRecord"]] = models.Manager()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agent", "key"], name="idempotency_key_once")
        ]

    def __str__(self) -> str:
        return f"answer {self.pk} {self.status}"
