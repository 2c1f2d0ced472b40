"""The nouns of the desk."""

from uuid import uuid4

from django.db import models
from django.utils.translation import pgettext_lazy

from okno.access.models import Agent, Team
from okno.contacts.models import Contact, Identity
from okno.desk.composed import Aside, Hold, Mention, Participant, SavedReply
from okno.desk.contract import Abilities, DeliveryState, Level, Medium, abilities
from okno.desk.indexes import OF_CONVERSATIONS, OF_MESSAGES
from okno.desk.lookups import Live
from okno.desk.viewing import Counted, Press, Seen, Tally, View
from okno.kit import clock
from okno.spine.json_field import JSONField

# Django finds the nouns of `composed` and `viewing` here.
__all__ = ["Aside", "Counted", "Hold", "Mention", "Participant", "Press"]
__all__ += ["SavedReply", "Seen", "Tally", "View"]


class Channel(models.Model):
    """A connected account of a kind; its secrets are sealed and never shown again."""

    kind = models.CharField(max_length=24)
    name = models.CharField(max_length=80)
    address = models.CharField(max_length=320, blank=True, default="")
    settings = JSONField(default=dict, blank=True)
    secrets = models.TextField(blank=True, default="")
    team = models.ForeignKey(Team, models.SET_NULL, null=True, related_name="channels")
    language = models.CharField(max_length=8, default="en")
    signature = models.TextField(blank=True, default="")
    public_key = models.CharField(max_length=48, unique=True)
    is_active = models.BooleanField(default=True)
    trouble = models.TextField(blank=True, default="")
    trouble_since = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.name

    @property
    def abilities(self) -> Abilities:
        return abilities.get(self.kind)

    @property
    def health(self) -> str:
        """`off`, `trouble` or `ok`."""
        if not self.is_active:
            return "off"
        return "trouble" if self.trouble else "ok"


class RequestType(models.Model):
    """The sort of request a client chooses."""

    name = models.CharField(max_length=80, unique=True)

    def __str__(self) -> str:
        return self.name


class Field(models.Model):
    """A field of our own on conversations."""

    class Type(models.TextChoices):
        TEXT = "text", pgettext_lazy("field type", "Text")
        NUMBER = "number", pgettext_lazy("field type", "Number")
        DATE = "date", pgettext_lazy("field type", "Date")
        CHOICE = "choice", pgettext_lazy("field type", "Choice")
        FLAG = "flag", pgettext_lazy("field type", "Yes or no")

    key = models.SlugField(max_length=40, unique=True)
    label = models.CharField(max_length=80)
    type = models.CharField(max_length=8, choices=Type.choices, default=Type.TEXT)
    choices = JSONField(default=list, blank=True)
    # Asked for before a conversation is solved.
    is_required = models.BooleanField(default=False)
    position = models.IntegerField(default=0)

    def __str__(self) -> str:
        return self.label


class Tag(models.Model):
    """A word label."""

    name = models.CharField(max_length=60, unique=True)

    def __str__(self) -> str:
        return self.name


class Status(models.TextChoices):
    """Whose move it is."""

    OPEN = "open", pgettext_lazy("conversation status", "Open")
    PENDING = "pending", pgettext_lazy("conversation status", "Waiting for the client")
    SOLVED = "solved", pgettext_lazy("conversation status", "Solved")
    CLOSED = "closed", pgettext_lazy("conversation status", "Closed")


class Priority(models.IntegerChoices):
    """Weight, heaviest highest."""

    LOW = 1, pgettext_lazy("priority", "Low")
    NORMAL = 2, pgettext_lazy("priority", "Normal")
    HIGH = 3, pgettext_lazy("priority", "High")
    URGENT = 4, pgettext_lazy("priority", "Urgent")


class Conversation(models.Model):
    """The thread with a client, on any channel; its number is its key."""

    number = models.BigAutoField(primary_key=True)
    subject = models.CharField(max_length=250, blank=True, default="")
    preview = models.CharField(max_length=160, blank=True, default="")
    status = models.CharField(max_length=8, choices=Status.choices, default=Status.OPEN)
    priority = models.SmallIntegerField(choices=Priority.choices, default=Priority.NORMAL)
    request_type = models.ForeignKey(RequestType, models.SET_NULL, null=True, db_index=False)
    language = models.CharField(max_length=8, blank=True, default="")
    channel = models.ForeignKey(
        Channel, models.PROTECT, related_name="conversations", db_index=False
    )
    requester = models.ForeignKey(Contact, models.PROTECT, related_name="conversations")
    identity = models.ForeignKey(Identity, models.PROTECT, null=True, related_name="+")
    team = models.ForeignKey(
        Team, models.SET_NULL, null=True, related_name="conversations", db_index=False
    )
    assignee = models.ForeignKey(
        Agent, models.SET_NULL, null=True, related_name="conversations", db_index=False
    )
    waiting_since = models.DateTimeField(null=True)
    due_at = models.DateTimeField(null=True)
    snoozed_until = models.DateTimeField(null=True)
    is_spam = models.BooleanField(default=False)
    binned_at = models.DateTimeField(null=True)
    # Values of our own fields, by keys that people chose: nothing else may stand there.
    fields = JSONField(default=dict, blank=True)
    # Where on a site the client was, as its chat said it last (`Incoming.visit`).
    visit = JSONField(null=True)
    tags = models.ManyToManyField(Tag, related_name="conversations", blank=True)
    thread_key = models.CharField(max_length=128, null=True)  # noqa: DJ001
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="merged", db_index=False
    )
    previous = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="following", db_index=False
    )
    suggested = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="+", db_index=False
    )
    version = models.IntegerField(default=0)
    created_at = models.DateTimeField(default=clock.now)
    last_message_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["channel", "identity", "thread_key"],
                condition=models.Q(thread_key__isnull=False) & ~models.Q(status="closed"),
                name="one_open_conversation",
            )
        ]
        indexes = OF_CONVERSATIONS

    def __str__(self) -> str:
        return f"#{self.number}"


Conversation._meta.get_field("status").register_lookup(Live)


class Direction(models.TextChoices):
    """`in`: from the client; `out`: to the client."""

    IN = "in", pgettext_lazy("message direction", "From the client")
    OUT = "out", pgettext_lazy("message direction", "To the client")


class BothSides(models.Manager["Message"]):
    """Messages that the client and we can read; letters aside are asked for by `Message.every`."""

    def get_queryset(self) -> models.QuerySet["Message"]:
        return super().get_queryset().filter(aside=None)


class Message(models.Model):
    """One entry that both sides can read. Staff-only words are Notes, another table."""

    conversation = models.ForeignKey(
        Conversation, models.PROTECT, related_name="messages", db_index=False
    )
    aside = models.ForeignKey(
        Aside, models.PROTECT, null=True, related_name="messages", db_index=False
    )
    direction = models.CharField(max_length=3, choices=Direction.choices)
    key = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001
    contact = models.ForeignKey(Contact, models.PROTECT, null=True, related_name="messages")
    identity = models.ForeignKey(Identity, models.PROTECT, null=True, related_name="+")
    agent = models.ForeignKey(Agent, models.PROTECT, null=True, related_name="messages")
    level = models.CharField(max_length=9, default=Level.CLAIMED)
    subject = models.CharField(max_length=250, blank=True, default="")
    text = models.TextField(blank=True, default="")
    reply_text = models.TextField(blank=True, default="")
    html = models.TextField(blank=True, default="")
    external_id = models.CharField(max_length=255, blank=True, default="", db_index=True)
    inbound_id = models.BigIntegerField(null=True, db_index=True)
    # No person waits for an answer to it; and, more often, a program may not answer it.
    is_automatic = models.BooleanField(default=False)
    no_automatic_answer = models.BooleanField(default=False)
    is_new_sender = models.BooleanField(default=False)
    notices = JSONField(default=list)
    sent_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(default=clock.now)

    # The first one is what every relation uses: who forgets asides shows too little, not too much.
    objects = BothSides()
    every = models.Manager["Message"]()

    class Meta:
        indexes = OF_MESSAGES

    def __str__(self) -> str:
        return f"message {self.pk}"

    @property
    def channel(self) -> Channel:
        """Where it came in or leaves; an aside has its own."""
        return self.aside.channel if self.aside else self.conversation.channel

    @property
    def own_words(self) -> str:
        """What the person wrote, without quotes and signature."""
        return self.reply_text or self.text


class Note(models.Model):
    """A staff-only entry. Code that faces clients never reads this table."""

    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="notes")
    agent = models.ForeignKey(Agent, models.PROTECT, null=True, related_name="notes")
    key = models.CharField(max_length=64, null=True, unique=True)  # noqa: DJ001
    text = models.TextField()
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"note {self.pk}"


class Attachment(models.Model):
    """A file of a message, note or draft; its storage name is random, its type our own finding."""

    message = models.ForeignKey(Message, models.PROTECT, null=True, related_name="attachments")
    note = models.ForeignKey(Note, models.PROTECT, null=True, related_name="attachments")
    draft = models.ForeignKey("Draft", models.CASCADE, null=True, related_name="attachments")
    name = models.CharField(max_length=160)
    content_type = models.CharField(max_length=80)
    size = models.BigIntegerField()
    sha256 = models.CharField(max_length=64)
    storage = models.CharField(max_length=64)
    is_inline = models.BooleanField(default=False)
    content_id = models.CharField(max_length=255, blank=True, default="")
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [models.Index(fields=["storage"], name="attachment_storage")]

    def __str__(self) -> str:
        return f"attachment {self.pk}"


class Delivery(models.Model):
    """One message on its way to one recipient by one channel."""

    class Role(models.TextChoices):
        TO = "to", "To"
        CC = "cc", "Cc"
        BCC = "bcc", "Bcc"

    message = models.ForeignKey(Message, models.PROTECT, related_name="deliveries")
    channel = models.ForeignKey(Channel, models.PROTECT, related_name="+", db_index=False)
    medium = models.CharField(max_length=9, default=Medium.CHAT)
    # For the page of a request: the message it began with. An address alone shows nobody anything.
    request = models.ForeignKey(
        Message, models.PROTECT, null=True, related_name="+", db_index=False
    )
    role = models.CharField(max_length=3, choices=Role.choices, default=Role.TO)
    address = models.CharField(max_length=320)
    name = models.CharField(max_length=160, blank=True, default="")
    state = models.CharField(max_length=9, default=DeliveryState.QUEUED)
    is_at_risk = models.BooleanField(default=False)
    is_held = models.BooleanField(default=False)
    attempts = models.IntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    external_id = models.CharField(max_length=255, blank=True, default="")
    error = models.TextField(blank=True, default="")
    created_at = models.DateTimeField(default=clock.now)
    changed_at = models.DateTimeField(default=clock.now)

    class Meta:
        indexes = [
            models.Index(
                fields=["changed_at"],
                name="delivery_unfinished",
                condition=models.Q(state__in=["queued", "sending", "failed", "uncertain"]),
            ),
            models.Index(
                fields=["request"],
                name="delivery_on_page",
                condition=models.Q(request__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"delivery {self.pk} {self.state}"


class Attempt(models.Model):
    """One try of a delivery, with the other side's words."""

    delivery = models.ForeignKey(Delivery, models.PROTECT, related_name="tries")
    outcome = models.CharField(max_length=9)
    answer = models.TextField(blank=True, default="")
    at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return f"attempt {self.pk} {self.outcome}"


class Follower(models.Model):
    """An agent who watches a conversation."""

    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="followers")
    agent = models.ForeignKey(Agent, models.CASCADE, related_name="following")

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["conversation", "agent"], name="follower_once")
        ]

    def __str__(self) -> str:
        return f"follower {self.pk}"


def new_version() -> str:
    """The name of one state of a draft."""
    return uuid4().hex


class Draft(models.Model):
    """What an agent has typed and not sent; one per agent and conversation."""

    conversation = models.ForeignKey(Conversation, models.PROTECT, related_name="drafts")
    agent = models.ForeignKey(Agent, models.CASCADE, related_name="drafts")
    text = models.TextField(blank=True, default="")
    html = models.TextField(blank=True, default="")
    is_note = models.BooleanField(default=False)
    is_forward = models.BooleanField(default=False)
    # As typed: recipients are checked when it is sent. `cc` is null while nobody has touched it.
    to = models.TextField(blank=True, default="")
    cc = models.TextField(null=True)  # noqa: DJ001
    bcc = models.TextField(blank=True, default="")
    changed_at = models.DateTimeField(default=clock.now)
    # The composer that wrote it last (the id of the entry it will become), another one's version
    # of it, and the newest message that was known when it was begun; see actions/drafts.py.
    key = models.CharField(max_length=64, blank=True, default="")
    version = models.CharField(max_length=32, default=new_version)
    seen = models.BigIntegerField(null=True)
    kept = models.JSONField(default=list)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["conversation", "agent"], name="draft_once")]

    def __str__(self) -> str:
        return f"draft {self.pk}"


class Move(models.Model):
    """What a merge or split moved, so that it can be undone."""

    class Kind(models.TextChoices):
        MERGE = "merge", "Merge"
        SPLIT = "split", "Split"

    kind = models.CharField(max_length=5, choices=Kind.choices)
    source = models.ForeignKey(Conversation, models.PROTECT, related_name="moves_out")
    target = models.ForeignKey(Conversation, models.PROTECT, related_name="moves_in")
    messages = JSONField(default=list)
    notes = JSONField(default=list)
    before = JSONField(default=dict)
    at = models.DateTimeField(default=clock.now)
    undone_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"{self.kind} {self.source_id} to {self.target_id}"
