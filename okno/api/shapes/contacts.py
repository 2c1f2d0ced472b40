"""Clients."""

from datetime import datetime

from pydantic import BaseModel

from okno.api.shapes.directory import Named
from okno.contacts.models import Contact


class IdentityShape(BaseModel):
    id: int
    kind: str
    address: str
    is_verified: bool


class ContactShape(BaseModel):
    id: int
    name: str
    language: str
    timezone: str
    about: str
    company: Named | None
    identities: list[IdentityShape]
    merged_into: int | None
    is_blocked: bool
    created_at: datetime


def contact(row: Contact) -> ContactShape:
    """A client with the addresses that are their own."""
    identities = sorted(row.identities.all(), key=lambda i: i.pk)
    return ContactShape(
        id=row.pk,
        name=row.name,
        language=row.language,
        timezone=row.timezone,
        about=row.about,
        company=Named(id=row.company.pk, name=row.company.name) if row.company else None,
        identities=[
            IdentityShape(id=i.pk, kind=i.kind, address=i.address, is_verified=i.is_verified)
            for i in identities
        ],
        merged_into=row.merged_into_id,
        is_blocked=row.is_blocked,
        created_at=row.created_at,
    )
