"""Nouns of looking at conversations: saved views, what was seen, counts, presses to take back.

Named by strings, so that `models` can take them in without a circle.
"""

from django.db import models

from okno.access.models import Agent, Team
from okno.kit import clock


class View(models.Model):
    """A saved filter: its owner's, or shared with one team or with everybody.

    `is_counted` says that the log keeps its count; see `buckets`.
    """

    name = models.CharField(max_length=60)
    icon = models.CharField(max_length=24, default="filter")
    owner = models.ForeignKey(Agent, models.CASCADE, related_name="views")
    is_shared = models.BooleanField(default=False)
    team = models.ForeignKey(Team, models.CASCADE, null=True, related_name="views")
    conditions = models.JSONField(default=list)
    sort = models.CharField(max_length=12, default="newest")
    is_counted = models.BooleanField(default=False)
    removed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.name


class Seen(models.Model):
    """How far one agent has read a conversation: the id of the newest client's message seen."""

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="+")
    conversation = models.ForeignKey("desk.Conversation", models.CASCADE, related_name="+")
    message_id = models.BigIntegerField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "agent"], name="seen_once")]

    def __str__(self) -> str:
        return f"seen up to {self.message_id}"


class Counted(models.Model):
    """What a conversation is counted under now: its place and its buckets, parted by spaces.

    Filled from the log alone, without keys to other tables, so that it can be replayed. 0: none.
    """

    conversation_id = models.BigIntegerField(primary_key=True)
    team_id = models.BigIntegerField()
    agent_id = models.BigIntegerField()
    buckets = models.TextField()

    def __str__(self) -> str:
        return f"#{self.conversation_id}: {self.buckets}"


class Tally(models.Model):
    """How many conversations stand in one bucket: of a team (agent 0), or of it one agent's."""

    agent_id = models.BigIntegerField()
    bucket = models.CharField(max_length=24)
    team_id = models.BigIntegerField()
    n = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["agent_id", "team_id", "bucket"], name="tally_once")
        ]

    def __str__(self) -> str:
        return f"{self.bucket}: {self.n}"


class Press(models.Model):
    """What one press of an agent changed, so that it can be taken back.

    A step is {"number": of the conversation, "is": fields as set, "was": as they were}.
    """

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="+")
    steps = models.JSONField(default=list)
    at = models.DateTimeField(default=clock.now)
    undone_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"press {self.pk}"
