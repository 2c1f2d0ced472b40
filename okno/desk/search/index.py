"""What the index holds: for each message its words and those its conversation is known by.

A row also holds subject, client, addresses and tags of its conversation, so that
one look finds all of them, and two marks of who may see it, so that a search in one team's work
does not wade through everybody's.
"""

from collections.abc import Iterable, Sequence
from typing import Any

from okno.contacts.models import Identity
from okno.desk.models import Attachment, Conversation, Message
from okno.desk.queries import attach_tags
from okno.kit.search import stems
from okno.kit.search.index import Entry, Index
from okno.spine import rows

INDEX = Index("desk_search", "message_id")
# Letters that `stems.plain` spells out: no word of a person can look like these marks.
TEAM, ASSIGNEE = "τ", "α"
_OWN_WORDS = ("text", "subject", "contact.name", "identity.address")
_OF_CONVERSATION = (
    "number", "subject", "requester_id", "requester.name", "team_id", "assignee_id"
)  # fmt: skip


def index(message_ids: Iterable[int]) -> None:
    """Put messages into the index, or renew them there. Call it in a unit."""
    INDEX.put(entries(message_ids))


def entries(message_ids: Iterable[int]) -> list[Entry]:
    """What the index should hold of these messages. Reads only, so it needs no unit."""
    return [entry for some in rows.portions(message_ids) for entry in _portion(some)]


def _portion(message_ids: list[int]) -> list[Entry]:
    columns = ("id", "conversation_id", *_OWN_WORDS)
    # An answer aside is not found among those to the client.
    own = rows.flat(Message, columns, id__in=message_ids, aside_id=None)
    known = _known_by({number for _, number, *_ in own})
    files = _file_names([pk for pk, *_ in own])
    found: list[Entry] = []
    for pk, number, *texts in own:
        marks, names = known[number]
        text = "\n".join((*names, *filter(None, texts), *files.get(pk, ())))
        found.append(INDEX.entry(pk, text, marks))
    return found


def _known_by(numbers: set[int]) -> dict[int, tuple[list[str], list[str]]]:
    """Of each conversation whose it is (marks), and the words of the conversation itself."""
    flat: list[dict[str, Any]] = [{"number": number} for number in numbers]
    attach_tags(flat)
    tags = {row["number"]: list(row["tags"]) for row in flat}
    found = rows.flat(Conversation, _OF_CONVERSATION, number__in=list(numbers))
    requesters = list({requester for _, _, requester, *_ in found})
    addresses: dict[int, list[str]] = {}
    for owner, address in rows.flat(Identity, ("contact_id", "address"), contact_id__in=requesters):
        addresses.setdefault(owner, []).append(address)
    return {
        number: (
            [f"{TEAM}{team or 0}", f"{ASSIGNEE}{assignee or 0}"],
            [*tags[number], subject, name, *sorted(addresses.get(requester, ()))],
        )
        for number, subject, requester, name, team, assignee in found
    }


def of_team(team_id: int) -> list[int]:
    """The messages that the index holds for a team, for one that was deleted."""
    return INDEX.having(stems.expression([], one_of=[f"{TEAM}{team_id}"]))


def _file_names(message_ids: list[int]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    columns = ("message_id", "name")
    for message_id, name in rows.flat(Attachment, columns, message_id__in=message_ids):
        found.setdefault(message_id, []).append(name)
    return found


def remove(conversations: Sequence[int] | None = None) -> None:
    """Take conversations out of the index; without an argument, all of it. Call it in a unit."""
    if conversations is None:
        INDEX.clear()
        return
    ids = Message.objects.filter(conversation_id__in=conversations).values_list("pk", flat=True)
    INDEX.drop(list(ids))
