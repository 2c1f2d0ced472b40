"""Drafts: what is typed is kept at once; no event, because nothing has happened yet."""

from dataclasses import dataclass

from okno.access.models import Agent
from okno.access.policy import authorize, person
from okno.desk.models import Conversation, Draft, Message, Note
from okno.kit import clock
from okno.spine import Actor


@dataclass(frozen=True)
class Named:
    """Recipients as they were typed; `cc` None while nobody has touched it."""

    to: str = ""
    cc: str | None = None
    bcc: str = ""


def save_draft(
    actor: Actor,
    conversation: Conversation,
    text: str,
    *,
    html: str = "",
    is_note: bool = False,
    is_forward: bool = False,
    named: Named = Named(),
    key: str = "",
) -> None:
    """Keep what the agent has typed; without text and files the draft is dropped.

    `key` is the id of the entry it will become: when that exists, this came late and is passed
    over, so that nothing sent stands in the composer again.
    """
    authorize(actor, "conversation.note", conversation)
    author = person(actor)
    if not isinstance(author, Agent):
        raise ValueError("only agents have drafts")
    if key and _is_written(key):
        return
    mine = Draft.objects.filter(conversation=conversation, agent=author)
    if not text.strip() and not mine.filter(attachments__isnull=False).exists():
        mine.delete()
        return
    Draft.objects.update_or_create(
        conversation=conversation,
        agent=author,
        defaults={
            "text": text,
            "html": html,
            "is_note": is_note,
            "is_forward": is_forward,
            "to": named.to[:320],
            "cc": None if named.cc is None else named.cc[:4000],
            "bcc": named.bcc[:4000],
            "changed_at": clock.now(),
        },
    )


def _is_written(key: str) -> bool:
    in_messages = Message.every.filter(key=key).exists()
    return in_messages or Note.objects.filter(key=key).exists()


def drop_draft(actor: Actor, conversation: Conversation) -> None:
    """Forget what was typed."""
    author = person(actor)
    if isinstance(author, Agent):
        Draft.objects.filter(conversation=conversation, agent=author).delete()
