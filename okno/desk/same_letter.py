"""Letters that bear an id which another one has: the same letter by another way, or another's id.

A mailing list, a forwarding rule and a second address of ours each bring the letter itself once
more, with other header fields and often with a footer (RFC 5322, section 3.6.4: the same letter
keeps its Message-ID). A stranger can write under somebody's id too, so nothing is left out but a
copy that says word for word the same and whose sender was verified both times.
"""

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import replace

from okno.desk.contract import Incoming, Level
from okno.desk.models import Direction, Message
from okno.kit.blobs import Stored

SAME, LONGER, OTHER = "same_letter", "same_letter_longer", "same_id"
LONGEST_COMPARED = 200_000
_SPACE = re.compile(r"\s+")


def earlier(incoming: Incoming) -> Message | None:
    """The first letter with the id of this one that has been read."""
    if not incoming.external_id:
        return None
    found = Message.objects.filter(
        external_id=incoming.external_id[:255], direction=Direction.IN
    ).select_related("identity", "conversation")
    return found.order_by("pk").first()


def is_copy(first: Message, incoming: Incoming, files: Sequence[Stored]) -> bool:
    """Whether nothing of this one would be lost, and nobody else could have written it."""
    if not first.level == incoming.level == Level.VERIFIED or not _same_sender(first, incoming):
        return False
    # It may be on its way to another conversation, or the first one may lie where nobody looks.
    here = (None, first.conversation_id)
    if incoming.thread.aside is not None or incoming.thread.number not in here:
        return False
    if first.conversation.is_spam and not incoming.is_spam:
        return False
    said = (first.text, first.html, sorted(first.attachments.values_list("sha256", flat=True)))
    return said == (incoming.text, incoming.html, sorted(file.sha256 for file in files))


def marked(first: Message, incoming: Incoming) -> Incoming:
    """The item with what an agent is told of the earlier one, which it now refers to."""
    thread = incoming.thread
    references = (incoming.external_id, *thread.references)
    return replace(
        incoming,
        notices=(*incoming.notices, _likeness(first, incoming)),
        thread=replace(thread, references=references),
    )


def _likeness(first: Message, incoming: Incoming) -> str:
    if not _same_sender(first, incoming):
        return OTHER
    one, two = _plain(first.text), _plain(incoming.text)
    if one == two or _plain(first.own_words) == _plain(incoming.reply_text or incoming.text):
        return SAME
    return LONGER if one and two and (one in two or two in one) else OTHER


def _same_sender(first: Message, incoming: Incoming) -> bool:
    one = first.identity.address if first.identity else ""
    return one == (incoming.sender.address if incoming.sender else "")


def _plain(text: str) -> str:
    return _SPACE.sub(" ", unicodedata.normalize("NFC", text[:LONGEST_COMPARED])).strip()
