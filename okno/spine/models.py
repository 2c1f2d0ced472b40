"""The tables of the spine."""

from django.db import models

from okno.spine.json_field import JSONField


class Event(models.Model):
    """What happened; its id is its position. Never changed: the database itself refuses."""

    name = models.CharField(max_length=64)
    version = models.SmallIntegerField(default=1)
    subject_type = models.CharField(max_length=32)
    subject_id = models.BigIntegerField()
    actor_type = models.CharField(max_length=16)
    actor_id = models.BigIntegerField(null=True)
    via = models.CharField(max_length=64)
    cause_id = models.BigIntegerField(null=True)
    depth = models.SmallIntegerField(default=0)
    at = models.DateTimeField()
    data = JSONField(default=dict)
    key = models.CharField(max_length=128, null=True, unique=True)  # noqa: DJ001

    class Meta:
        indexes = [models.Index(fields=["subject_type", "subject_id", "id"], name="event_subject")]

    def __str__(self) -> str:
        return f"{self.id} {self.name} {self.subject_type} {self.subject_id}"


class Cursor(models.Model):
    """How far one reader has read."""

    reader = models.CharField(max_length=64, primary_key=True)
    last_id = models.BigIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.reader} at {self.last_id}"


class Parked(models.Model):
    """An event a reader could not take, and those of its subject that wait behind it."""

    reader = models.CharField(max_length=64)
    event_id = models.BigIntegerField()
    subject_type = models.CharField(max_length=32)
    subject_id = models.BigIntegerField()
    error = models.TextField(default="")
    created_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["reader", "event_id"], name="parked_once"),
        ]
        indexes = [
            models.Index(fields=["reader", "subject_type", "subject_id"], name="parked_subject")
        ]

    def __str__(self) -> str:
        return f"{self.reader} waits at {self.event_id}"


class Job(models.Model):
    """Work to do outside. Claiming moves `run_at` ahead by the lease, so a dead worker's job
    simply comes due again. `is_wanted`: asked for since it was last claimed."""

    name = models.CharField(max_length=64)
    key = models.CharField(max_length=128, null=True, unique=True)  # noqa: DJ001
    args = JSONField(default=dict)
    lane = models.CharField(max_length=64, default="")
    is_local = models.BooleanField(default=False)
    run_at = models.DateTimeField()
    # When `run_at` was decided: in the future only after the clock was set back.
    set_at = models.DateTimeField(null=True)
    holder = models.CharField(max_length=32, default="")
    is_wanted = models.BooleanField(default=True)
    attempts = models.IntegerField(default=0)
    failed_at = models.DateTimeField(null=True)
    error = models.TextField(default="")
    created_at = models.DateTimeField()

    class Meta:
        indexes = [
            models.Index(
                fields=["run_at", "id"],
                name="job_due",
                condition=models.Q(is_local=False, failed_at__isnull=True),
            ),
            models.Index(
                fields=["lane", "run_at", "id"],
                name="job_due_here",
                condition=models.Q(is_local=True, failed_at__isnull=True),
            ),
            models.Index(
                fields=["failed_at"],
                name="job_failed",
                condition=models.Q(failed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.id} {self.name}"


class Schedule(models.Model):
    """Something due at an instant: it runs in a unit that also deletes this row."""

    name = models.CharField(max_length=64)
    key = models.CharField(max_length=128, unique=True)
    args = JSONField(default=dict)
    # What it is about, if it knows: so that all of a subject's can be found.
    subject_type = models.CharField(max_length=32, null=True)  # noqa: DJ001
    subject_id = models.BigIntegerField(null=True)
    due_at = models.DateTimeField(db_index=True)
    attempts = models.IntegerField(default=0)
    # Since when it keeps failing.
    failed_at = models.DateTimeField(null=True)
    error = models.TextField(default="")

    class Meta:
        indexes = [
            models.Index(
                fields=["subject_type", "subject_id"],
                name="schedule_subject",
                condition=models.Q(subject_id__isnull=False),
            ),
            models.Index(
                fields=["failed_at"],
                name="schedule_failed",
                condition=models.Q(failed_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.key} at {self.due_at:%Y-%m-%d %H:%M:%S}"


class Installation(models.Model):
    """What is known of the installation as a whole: one row."""

    key_fingerprint = models.CharField(max_length=64, default="")

    def __str__(self) -> str:
        return f"installation {self.pk}"
