"""Messages with their files and deliveries, and notes, which are never among them."""

from collections.abc import Iterable
from datetime import datetime
from typing import Literal

from pydantic import BaseModel

from okno.api.shapes.directory import Named
from okno.desk import destinations
from okno.desk.contract import DeliveryState
from okno.desk.models import Attachment, Conversation, Delivery, Message, Note

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


class AttachmentShape(BaseModel):
    id: int
    filename: str
    content_type: str
    size: int
    inline: bool


class DeliveryShape(BaseModel):
    id: int
    # The channel it leaves by; `form`: it is read on the page of a request.
    channel: int
    medium: str
    address: str
    state: str
    error: str


class DestinationShape(BaseModel):
    """One way an answer written now would go."""

    channel: Named
    medium: str
    address: str


class DestinationsShape(BaseModel):
    """None are left when nobody would get an answer. `address_is_confirmed`: whether the client
    proved the address of a request by our letter, null for what is no request."""

    items: list[DestinationShape]
    address_is_confirmed: bool | None


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
    # A letter to or from somebody outside, which the client never sees.
    aside: bool
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
    return DeliveryShape(
        id=row.pk,
        channel=row.channel_id,
        medium=row.medium,
        address=row.address,
        state=row.state,
        error=row.error,
    )


def destinations_of(row: Conversation) -> DestinationsShape:
    """Where an answer in a conversation would go."""
    address = row.identity.address if row.identity else ""
    return DestinationsShape(
        items=[
            DestinationShape(
                channel=Named(id=way.channel.pk, name=way.channel.name),
                medium=way.medium,
                address=address,
            )
            for way in destinations.of(row)
        ],
        address_is_confirmed=destinations.address_is_confirmed(row),
    )


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
    """A message of a list, which has its files and deliveries at hand."""
    return message_of(row, row.deliveries.all(), row.attachments.all())


def message_of(
    row: Message, deliveries: Iterable[Delivery], files: Iterable[Attachment]
) -> MessageShape:
    """A message with its files and deliveries."""
    deliveries = sorted(deliveries, key=lambda d: d.pk)
    states = {d.state for d in deliveries}
    return MessageShape(
        id=row.pk,
        direction="in" if row.direction == "in" else "out",
        aside=row.aside_id is not None,
        author=_author(row),
        level=row.level,
        text=row.text,
        reply_text=row.reply_text,
        html=row.html,
        attachments=attachments(files),
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
