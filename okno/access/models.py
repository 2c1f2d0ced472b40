"""People who sign in, those who answer, and the keys of programs."""

from typing import ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.sessions.base_session import AbstractBaseSession
from django.db import models
from django.utils.translation import pgettext_lazy

from okno.kit import clock
from okno.spine.json_field import JSONField


class UserManager(BaseUserManager["User"]):
    """Addresses are kept in lower case, so that one person is one user."""

    def get_by_natural_key(self, username: str | None) -> "User":
        return self.get(email=(username or "").lower())


class User(AbstractBaseUser):
    """Credentials and factors only; what a person is, Agent and Contact say."""

    email = models.EmailField(unique=True)
    is_active = models.BooleanField(default=True)
    is_staff = False
    is_superuser = False
    created_at = models.DateTimeField(default=clock.now)

    objects: ClassVar[UserManager] = UserManager()
    USERNAME_FIELD = "email"
    EMAIL_FIELD = "email"

    def __str__(self) -> str:
        return f"user {self.pk}"


class Role(models.TextChoices):
    """What an agent may do, from most to least."""

    ADMIN = "admin", pgettext_lazy("role", "Administrator")
    SUPERVISOR = "supervisor", pgettext_lazy("role", "Supervisor")
    AGENT = "agent", pgettext_lazy("role", "Agent")
    LIGHT = "light", pgettext_lazy("role", "Light agent")


class Team(models.Model):
    """A group of agents, a line of support."""

    name = models.CharField(max_length=80, unique=True)
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.name


class Theme(models.TextChoices):
    """How the console looks to an agent."""

    SYSTEM = "", pgettext_lazy("theme", "As the system")
    LIGHT = "light", pgettext_lazy("theme", "Light")
    DARK = "dark", pgettext_lazy("theme", "Dark")


class Notices(models.TextChoices):
    """For which new words of clients an agent's page rings."""

    CHATS = "", pgettext_lazy("notices", "For chats")
    ALL = "all", pgettext_lazy("notices", "For chats, letters and forms")
    NONE = "none", pgettext_lazy("notices", "For nothing")


class Agent(models.Model):
    """A person who answers."""

    user = models.OneToOneField(User, models.PROTECT, null=True, related_name="agent")
    name = models.CharField(max_length=120)
    role = models.CharField(max_length=12, choices=Role.choices, default=Role.AGENT)
    teams = models.ManyToManyField(Team, related_name="agents", blank=True)
    language = models.CharField(max_length=8, default="en")
    # "" until a browser of theirs has said its own.
    timezone = models.CharField(max_length=48, blank=True, default="")
    signature = models.TextField(blank=True, default="")
    # The random name of a file that we drew; "" for none.
    picture = models.CharField(max_length=32, blank=True, default="")
    theme = models.CharField(max_length=5, choices=Theme.choices, blank=True, default=Theme.SYSTEM)
    notices = models.CharField(
        max_length=4, choices=Notices.choices, blank=True, default=Notices.CHATS
    )
    has_keys = models.BooleanField(default=True)
    is_active = models.BooleanField(default=True)
    created_at = models.DateTimeField(default=clock.now)

    actor_type = "agent"

    def __str__(self) -> str:
        return self.name

    @property
    def actor_id(self) -> int:
        return self.pk

    @property
    def is_working(self) -> bool:
        """Whether this agent may do anything at all now."""
        return self.is_active and (self.user is None or self.user.is_active)

    @property
    def sees_all(self) -> bool:
        """Administrators and supervisors see every team's conversations."""
        return self.role in (Role.ADMIN, Role.SUPERVISOR)


class ApiToken(models.Model):
    """A program's key: shown once, kept as prefix and hash, dies with its agent."""

    agent = models.ForeignKey(Agent, models.CASCADE, related_name="tokens")
    name = models.CharField(max_length=80, default="")
    prefix = models.CharField(max_length=12, unique=True)
    digest = models.CharField(max_length=64)
    scopes = JSONField(default=list)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return f"token {self.prefix}"


class Session(AbstractBaseSession):
    """A signed-in browser, with what its owner needs to recognise it."""

    user = models.ForeignKey(User, models.CASCADE, null=True, related_name="sessions")
    device = models.CharField(max_length=200, blank=True, default="")
    address = models.CharField(max_length=45, blank=True, default="")
    since = models.DateTimeField(default=clock.now)
    seen_at = models.DateTimeField(default=clock.now)


class PasswordLink(models.Model):
    """A link that sets a password once; only the hash of its secret is here."""

    class Purpose(models.TextChoices):
        RECOVERY = "recovery", "Recovery"
        INVITATION = "invitation", "Invitation"

    user = models.ForeignKey(User, models.CASCADE, related_name="+")
    purpose = models.CharField(max_length=10, choices=Purpose.choices)
    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField(default=clock.now)
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.purpose} {self.pk}"


class Count(models.Model):
    """How often something was tried in a stretch of time, for all processes together."""

    key = models.CharField(max_length=120, primary_key=True)
    times = models.IntegerField(default=0)
    until = models.BigIntegerField(db_index=True)

    def __str__(self) -> str:
        return f"{self.key}: {self.times}"
