"""Accepted raw items, and how far each mailbox is read."""

from django.db import models

from okno.desk.models import Channel
from okno.kit import clock
from okno.spine.json_field import JSONField


class Inbound(models.Model):
    """An accepted item, byte for byte: unique by channel, the sender's id and the bytes' hash."""

    class State(models.TextChoices):
        NEW = "new", "New"
        DONE = "done", "Done"
        IGNORED = "ignored", "Ignored"
        UNREADABLE = "unreadable", "Unreadable"

    channel = models.ForeignKey(Channel, models.PROTECT, related_name="inbound")
    external_id = models.CharField(max_length=255, blank=True, default="")
    sha256 = models.CharField(max_length=64)
    size = models.BigIntegerField()
    body = models.BinaryField(default=b"")
    storage = models.CharField(max_length=64, blank=True, default="")
    meta = JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.NEW)
    why = models.CharField(max_length=200, blank=True, default="")
    is_quiet = models.BooleanField(default=False)
    received_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "external_id", "sha256"], name="inbound_once"
            )
        ]
        indexes = [
            models.Index(
                fields=["received_at"],
                name="inbound_unfinished",
                condition=models.Q(state__in=["new", "unreadable"]),
            ),
            models.Index(
                fields=["storage"],
                name="inbound_storage",
                condition=models.Q(storage__gt=""),
            ),
        ]

    def __str__(self) -> str:
        return f"inbound {self.pk} {self.state}"


class Position(models.Model):
    """How far a pulled source is read, for example UIDVALIDITY and UID of a mail folder."""

    channel = models.ForeignKey(Channel, models.CASCADE, related_name="positions")
    name = models.CharField(max_length=200)
    value = JSONField(default=dict)
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["channel", "name"], name="position_once")]

    def __str__(self) -> str:
        return f"position {self.name}"
