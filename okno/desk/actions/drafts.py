"""Drafts: what is typed is kept at once; no event, because nothing has happened yet."""

from okno.access.models import Agent
from okno.access.policy import authorize, person
from okno.desk.models import Conversation, Draft
from okno.kit import clock
from okno.spine import Actor


def save_draft(
    actor: Actor, conversation: Conversation, text: str, *, html: str = "", is_note: bool = False
) -> None:
    """Keep what the agent has typed; empty text drops the draft."""
    authorize(actor, "conversation.note", conversation)
    author = person(actor)
    if not isinstance(author, Agent):
        raise ValueError("only agents have drafts")
    if not text.strip():
        drop_draft(actor, conversation)
        return
    Draft.objects.update_or_create(
        conversation=conversation,
        agent=author,
        defaults={"text": text, "html": html, "is_note": is_note, "changed_at": clock.now()},
    )


def drop_draft(actor: Actor, conversation: Conversation) -> None:
    """Forget what was typed."""
    author = person(actor)
    if isinstance(author, Agent):
        Draft.objects.filter(conversation=conversation, agent=author).delete()
