"""Files that lie with a draft: safe on the server before anything is sent."""

from uuid import uuid4

from okno.access.models import Agent
from okno.access.policy import authorize, person
from okno.desk.models import Attachment, Conversation, Draft
from okno.kit import clock
from okno.kit.blobs import Stored
from okno.spine import Actor, verb

MOST_FILES = 50


@verb
def add_draft_file(
    actor: Actor,
    conversation: Conversation,
    file: Stored,
    *,
    is_inline: bool = False,
    key: str = "",
) -> Attachment:
    """Lay a stored file with the actor's draft, which is made when there is none, as that of the
    composer with this key.

    An inline one gets a Content-ID (RFC 2392) by which the draft's HTML names it.
    """
    authorize(actor, "conversation.note", conversation)
    author = person(actor)
    if not isinstance(author, Agent):
        raise ValueError("only agents have drafts")
    draft, _ = Draft.objects.get_or_create(
        conversation=conversation, agent=author, defaults={"changed_at": clock.now(), "key": key}
    )
    if draft.attachments.count() >= MOST_FILES:
        raise ValueError("these are too many files for one message")
    return Attachment.objects.create(
        draft=draft,
        name=file.name,
        content_type=file.content_type,
        size=file.size,
        sha256=file.sha256,
        storage=file.storage,
        is_inline=is_inline,
        content_id=f"{uuid4().hex}@okno" if is_inline else "",
    )


def remove_draft_file(actor: Actor, conversation: Conversation, attachment_id: int) -> None:
    """Take a file out of the actor's draft; nothing happens when it is not there."""
    author = person(actor)
    if isinstance(author, Agent):
        mine = Attachment.objects.filter(draft__conversation=conversation, draft__agent=author)
        mine.filter(pk=attachment_id).delete()


def files_of(draft: Draft | None, html: str = "") -> list[Stored]:
    """The files of a draft, to be given to a verb. Pictures that `html` no longer shows stay
    behind, so that what was pasted and deleted is not sent."""
    if draft is None:
        return []
    rows = draft.attachments.order_by("pk")
    return [stored(row) for row in rows if not row.is_inline or f"cid:{row.content_id}" in html]


def stored(row: Attachment) -> Stored:
    """A kept file, to be given to a verb."""
    return Stored(
        name=row.name,
        content_type=row.content_type,
        size=row.size,
        sha256=row.sha256,
        storage=row.storage,
        is_inline=row.is_inline,
        content_id=row.content_id,
    )
