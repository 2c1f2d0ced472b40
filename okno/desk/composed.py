"""Nouns of writing beside messages: ready texts, letters aside, people in copy, and what
can still be taken back.

Named by strings, so that `models` can take them in without a circle.
"""

from django.db import models
from django.db.models.functions import Lower

from okno.access.models import Agent, Team
from okno.contacts.models import Identity
from okno.kit import clock


class SavedReply(models.Model):
    """A ready text with placeholders: of one agent, of one team, or of everybody."""

    name = models.CharField(max_length=120)
    text = models.TextField()
    html = models.TextField(blank=True, default="")
    language = models.CharField(max_length=8, blank=True, default="")
    team = models.ForeignKey(Team, models.CASCADE, null=True, related_name="saved_replies")
    owner = models.ForeignKey(Agent, models.CASCADE, null=True, related_name="saved_replies")
    used_count = models.IntegerField(default=0)
    removed_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=clock.now)
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(Lower("name"), "id", name="saved_reply_by_name")]

    def __str__(self) -> str:
        return self.name


class Aside(models.Model):
    """A correspondence with somebody outside about a conversation, which its client never sees.

    Its letters are messages of the conversation that `Message.objects` leaves out. The
    conversation is where it began; a merge is followed from there.
    """

    conversation = models.ForeignKey("desk.Conversation", models.PROTECT, related_name="asides")
    channel = models.ForeignKey("desk.Channel", models.PROTECT, related_name="+")
    identity = models.ForeignKey(Identity, models.PROTECT, related_name="+")
    subject = models.CharField(max_length=250, blank=True, default="")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["conversation", "channel", "identity"], name="aside_once"
            )
        ]

    def __str__(self) -> str:
        return f"aside {self.pk}"


class Participant(models.Model):
    """Someone outside in copy; gets later replies only once an agent confirmed them."""

    conversation = models.ForeignKey(
        "desk.Conversation", models.PROTECT, related_name="participants"
    )
    identity = models.ForeignKey(Identity, models.PROTECT, related_name="+")
    is_confirmed = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "identity"], name="participant_once")
        ]

    def __str__(self) -> str:
        return f"participant {self.pk}"


class Hold(models.Model):
    """A message that has not begun to leave and can be taken back; `before` says how the
    conversation was. Gone as soon as a delivery is claimed."""

    message = models.OneToOneField("desk.Message", models.CASCADE, related_name="hold")
    until = models.DateTimeField()
    before = models.JSONField(default=dict)

    def __str__(self) -> str:
        return f"hold of message {self.message_id}"


class Mention(models.Model):
    """An agent who was called into a conversation by a note."""

    note = models.ForeignKey("desk.Note", models.CASCADE, related_name="mentions")
    agent = models.ForeignKey(Agent, models.CASCADE, related_name="mentions")
    created_at = models.DateTimeField(default=clock.now)
    seen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["note", "agent"], name="mention_once")]

    def __str__(self) -> str:
        return f"mention {self.pk}"
