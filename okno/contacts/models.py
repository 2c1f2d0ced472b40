"""Clients, how they reach us, and their firms."""

from django.db import models

from okno.access.models import User
from okno.kit import clock


class Company(models.Model):
    """A firm of contacts."""

    name = models.CharField(max_length=160, unique=True)
    created_at = models.DateTimeField(default=clock.now)

    def __str__(self) -> str:
        return self.name


class Contact(models.Model):
    """A person outside. Merging sets one pointer, so that it can be undone."""

    name = models.CharField(max_length=160, blank=True, default="")
    user = models.OneToOneField(User, models.PROTECT, null=True, related_name="contact")
    company = models.ForeignKey(Company, models.SET_NULL, null=True, related_name="contacts")
    language = models.CharField(max_length=8, blank=True, default="")
    timezone = models.CharField(max_length=48, blank=True, default="")
    about = models.TextField(blank=True, default="")
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, related_name="merged", db_index=False
    )
    is_blocked = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now)

    actor_type = "contact"

    class Meta:
        indexes = [
            # Of the few that were merged: an index full of nothing would tempt a planner.
            models.Index(
                fields=["merged_into"],
                name="contact_merged_into",
                condition=models.Q(merged_into__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return f"contact {self.pk}"

    @property
    def actor_id(self) -> int:
        return self.pk


class Identity(models.Model):
    """One address of a contact: unique within its kind, in its canonical form."""

    contact = models.ForeignKey(Contact, models.PROTECT, related_name="identities")
    kind = models.CharField(max_length=24)
    address = models.CharField(max_length=320)
    is_verified = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=clock.now)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["kind", "address"], name="identity_once")]

    def __str__(self) -> str:
        return f"{self.kind} identity {self.pk}"
