"""What programs get. No settings or secrets of a channel, and no notes among messages."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any, Literal

from pydantic import BaseModel

from okno.access.models import Agent, Team
from okno.contacts.models import Contact
from okno.desk.contract import DeliveryState
from okno.desk.models import Attachment, Channel, Delivery, Message, Note, Tag

# The state that needs a person most comes first.
_WORST = (
    DeliveryState.FAILED,
    DeliveryState.UNCERTAIN,
    DeliveryState.QUEUED,
    DeliveryState.SENDING,
    DeliveryState.SENT,
    DeliveryState.DELIVERED,
    DeliveryState.READ,
)


class Named(BaseModel):
    id: int
    name: str


class ChannelShape(BaseModel):
    id: int
    kind: str
    name: str
    address: str
    health: Literal["ok", "trouble", "off"]

    @classmethod
    def of(cls, row: Channel) -> "ChannelShape":
        return cls(
            id=row.pk, kind=row.kind, name=row.name, address=row.address, health=row.health
        )


class AgentShape(BaseModel):
    id: int
    name: str
    role: str
    is_active: bool
    teams: list[int]

    @classmethod
    def of(cls, row: Agent) -> "AgentShape":
        return cls(
            id=row.pk,
            name=row.name,
            role=row.role,
            is_active=row.is_active,
            teams=[team.pk for team in row.teams.all()],
        )


def named(row: Team | Tag) -> Named:
    """A team or a tag."""
    return Named(id=row.pk, name=row.name)


class ChannelOfConversation(BaseModel):
    id: int
    kind: str
    name: str


class Requester(BaseModel):
    id: int
    name: str
    address: str | None


class ConversationShape(BaseModel):
    number: int
    subject: str
    status: str
    priority: int
    channel: ChannelOfConversation
    requester: Requester
    assignee: Named | None
    team: Named | None
    tags: list[str]
    waiting_since: datetime | None
    due_at: datetime | None
    snoozed_until: datetime | None
    fields: dict[str, Any]
    language: str
    is_spam: bool
    is_binned: bool
    version: int
    created_at: datetime
    last_message_at: datetime


class Hit(ConversationShape):
    """A conversation found, with the newest message that fits and a piece of its text."""

    message: int | None
    snippet: str


_SAME = (
    "number",
    "subject",
    "status",
    "priority",
    "tags",
    "waiting_since",
    "due_at",
    "snoozed_until",
    "fields",
    "language",
    "is_spam",
    "version",
    "created_at",
    "last_message_at",
)


def conversation(row: dict[str, Any]) -> ConversationShape:
    """A flat row of the desk's list as it is shown."""
    return ConversationShape(**_parts(row))


def hit(row: dict[str, Any]) -> Hit:
    """A flat row of a search."""
    return Hit(**_parts(row), message=row["message_id"], snippet=row["snippet"])


def _parts(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in _SAME} | {
        "channel": {
            "id": row["channel_id"],
            "kind": row["channel__kind"],
            "name": row["channel__name"],
        },
        "requester": {
            "id": row["requester_id"],
            "name": row["requester__name"],
            "address": row["identity__address"],
        },
        "assignee": _pair(row, "assignee"),
        "team": _pair(row, "team"),
        "is_binned": row["binned_at"] is not None,
    }


def _pair(row: dict[str, Any], name: str) -> dict[str, Any] | None:
    if row[f"{name}_id"] is None:
        return None
    return {"id": row[f"{name}_id"], "name": row[f"{name}__name"]}


class AttachmentShape(BaseModel):
    id: int
    filename: str
    content_type: str
    size: int
    inline: bool


class DeliveryShape(BaseModel):
    id: int
    address: str
    state: str
    error: str


class StuckShape(DeliveryShape):
    conversation: int
    message: int
    is_held: bool
    attempts: int
    changed_at: datetime


class Author(BaseModel):
    type: Literal["contact", "agent", "system"]
    id: int | None
    name: str
    address: str | None = None


class MessageShape(BaseModel):
    id: int
    direction: Literal["in", "out"]
    author: Author
    level: str
    text: str
    reply_text: str
    html: str
    attachments: list[AttachmentShape]
    delivery: str | None
    deliveries: list[DeliveryShape]
    created_at: datetime


class NoteShape(BaseModel):
    id: int
    author: Named | None
    text: str
    attachments: list[AttachmentShape]
    created_at: datetime


def attachments(rows: Iterable[Attachment]) -> list[AttachmentShape]:
    """Files as a message shows them."""
    return [
        AttachmentShape(
            id=row.pk,
            filename=row.name,
            content_type=row.content_type,
            size=row.size,
            inline=row.is_inline,
        )
        for row in rows
    ]


def delivery(row: Delivery) -> DeliveryShape:
    """One delivery with the other side's words."""
    return DeliveryShape(id=row.pk, address=row.address, state=row.state, error=row.error)


def stuck(row: Delivery) -> StuckShape:
    """A delivery that needs a person."""
    return StuckShape(
        **delivery(row).model_dump(),
        conversation=row.message.conversation_id,
        message=row.message_id,
        is_held=row.is_held,
        attempts=row.attempts,
        changed_at=row.changed_at,
    )


def message(row: Message) -> MessageShape:
    """A message with its files and deliveries."""
    deliveries = sorted(row.deliveries.all(), key=lambda d: d.pk)
    states = {d.state for d in deliveries}
    return MessageShape(
        id=row.pk,
        direction="in" if row.direction == "in" else "out",
        author=_author(row),
        level=row.level,
        text=row.text,
        reply_text=row.reply_text,
        html=row.html,
        attachments=attachments(row.attachments.all()),
        delivery=next((str(state) for state in _WORST if state in states), None),
        deliveries=[delivery(d) for d in deliveries],
        created_at=row.created_at,
    )


def _author(row: Message) -> Author:
    if row.agent is not None:
        return Author(type="agent", id=row.agent_id, name=row.agent.name)
    if row.contact is not None:
        address = row.identity.address if row.identity else None
        return Author(type="contact", id=row.contact_id, name=row.contact.name, address=address)
    return Author(type="system", id=None, name="")


def note(row: Note) -> NoteShape:
    """A note with its files."""
    author = Named(id=row.agent.pk, name=row.agent.name) if row.agent else None
    return NoteShape(
        id=row.pk,
        author=author,
        text=row.text,
        attachments=attachments(row.attachments.all()),
        created_at=row.created_at,
    )


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


class EventShape(BaseModel):
    id: int
    name: str
    subject_type: str
    subject_id: int
    actor_type: str
    actor_id: int | None
    via: str
    cause_id: int | None
    depth: int
    at: datetime
    data: dict[str, Any]
