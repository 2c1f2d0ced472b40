"""Notes: words for colleagues only."""

from collections.abc import Sequence

from django.db.models import F

from okno.access.models import Agent
from okno.access.policy import authorize, person
from okno.desk.actions.conversations import lock
from okno.desk.actions.drafts import drop, typed
from okno.desk.actions.mentions import call
from okno.desk.actions.receive import attach
from okno.desk.events import NoteAdded
from okno.desk.models import Conversation, Note
from okno.kit import clock
from okno.kit.blobs import Stored
from okno.spine import Actor, record, verb


@verb
def note(
    actor: Actor,
    conversation: Conversation,
    text: str,
    *,
    files: Sequence[Stored] = (),
    key: str | None = None,
) -> Note:
    """Write to colleagues only; raises ValueError for an empty note."""
    authorize(actor, "conversation.note", conversation)
    if not text.strip() and not files:
        raise ValueError("write something first")
    fresh = lock(conversation)
    if key is not None and (same := Note.objects.filter(key=key).first()) is not None:
        if same.conversation_id != fresh.pk:
            raise ValueError("this key was used for another conversation")
        return same
    author = person(actor)
    written = Note.objects.create(
        conversation=fresh,
        agent=author if isinstance(author, Agent) else None,
        key=key,
        text=text,
        created_at=clock.now(),
    )
    attach(files, note_id=written.pk)
    Conversation.objects.filter(pk=fresh.pk).update(version=F("version") + 1)
    record(NoteAdded(fresh.pk, written.pk))
    call(written)
    drop(typed(actor, fresh, key))
    return written
