"""What programs get."""

from okno.api.shapes.contacts import ContactShape, contact
from okno.api.shapes.conversations import ConversationShape, Hit, HitPage, conversation, hit
from okno.api.shapes.directory import AgentShape, ChannelShape, EventShape, Named, named
from okno.api.shapes.messages import (
    DestinationsShape,
    MessageShape,
    NoteShape,
    StuckShape,
    destinations_of,
    message,
    message_of,
    note,
    stuck,
)
from okno.api.shapes.saved_replies import SavedReplyShape
from okno.api.shapes.views import ViewShape, view

__all__ = [
    "AgentShape",
    "ChannelShape",
    "ContactShape",
    "ConversationShape",
    "DestinationsShape",
    "EventShape",
    "Hit",
    "HitPage",
    "MessageShape",
    "Named",
    "NoteShape",
    "SavedReplyShape",
    "StuckShape",
    "ViewShape",
    "contact",
    "conversation",
    "destinations_of",
    "hit",
    "message",
    "message_of",
    "named",
    "note",
    "stuck",
    "view",
]
