"""What the desk itself derives from the log: the search index and the counts of filters."""

from collections.abc import Iterable

from okno.contacts.models import Contact
from okno.desk import buckets, search
from okno.desk.actions import tallies
from okno.desk.models import Conversation, Message
from okno.desk.search import contacts
from okno.kit.search.index import Entry
from okno.spine import Happened, rows
from okno.spine.contract import reader


def _entries(events: list[Happened]) -> list[Entry]:
    """New messages are added; what a conversation is known by is renewed in all of its rows."""
    messages = {e.data["message"] for e in events if e.name.startswith("message.")}
    if numbers := _touched(e for e in events if not e.name.startswith("message.")):
        for some in rows.portions(numbers):
            found = rows.flat(Message, ("id",), conversation_id__in=some, aside_id=None)
            messages.update(pk for (pk,) in found)
    for event in events:
        # What a deleted team could see belongs to nobody's team now, so everybody may find it.
        if event.name == "team.deleted":
            messages.update(search.of_team(event.subject_id))
    return search.entries(messages)


def _touched(events: Iterable[Happened]) -> set[int]:
    """The conversations that these events are about, or whose client they are about."""
    numbers: set[int] = set()
    contacts: set[int] = set()
    for event in events:
        if event.subject_type == "contact":
            contacts.add(event.subject_id)
        elif event.subject_type == "conversation":
            # A merge or split has a second side.
            sides = (event.subject_id, event.data.get("into"), event.data.get("other"))
            numbers.update(number for number in sides if number)
    if contacts:
        twins = rows.flat(Contact, ("id",), merged_into_id__in=list(contacts))
        everyone = [*contacts, *(pk for (pk,) in twins)]
        theirs = rows.flat(Conversation, ("number",), requester_id__in=everyone)
        numbers.update(number for (number,) in theirs)
    return numbers


# To drop what is not there does no harm, and what stays in the index for good would.
@reader(
    "desk.search_unsent",
    on=("message.unsent",),
    begins="log",
    after=("desk.search",),
    sees_own=True,
)
def drop_unsent(event: Happened) -> None:
    """A reply that was taken back cannot be found."""
    search.INDEX.drop([event.data["message"]])


@reader(
    "desk.search",
    on=(
        "message.received",
        "message.queued",
        "conversation.changed",
        "conversation.assigned",
        "conversation.moved",
        "conversation.merged",
        "conversation.split",
        "move.undone",
        "tag.*",
        "team.deleted",
        "contact.changed",
        "contact.merged",
        "contact.unmerged",
        "identity.added",
    ),
    clear=search.remove,
    prepare=_entries,
)
def keep_search(found: list[Entry]) -> None:
    """Write the entries; what changed since they were made has an event of its own to come."""
    search.INDEX.put(found)


def _contact_entries(events: list[Happened]) -> list[Entry]:
    asked = {event.subject_id for event in events}
    # Separating one changes what the other is known by.
    asked |= {e.data[key] for e in events for key in ("into", "origin") if e.data.get(key)}
    return contacts.entries(asked)


@reader(
    "desk.search_contacts",
    on=("contact.*", "identity.added"),
    clear=contacts.INDEX.clear,
    prepare=_contact_entries,
)
def keep_contacts(found: list[Entry]) -> None:
    """Write what clients are known by."""
    contacts.INDEX.put(found)


Places = tuple[bool, list[buckets.Place], list[int]]


def _places(events: list[Happened]) -> Places:
    """Where the touched conversations are counted, as they are by now; (all of them?, places,
    teams that went).

    A view or a team that went changes what all are counted under.
    """
    gone = [e.subject_id for e in events if e.name == "team.deleted"]
    if any(e.subject_type not in ("conversation", "contact") for e in events):
        # Those that rest are in none of these, so the events about them are heard besides.
        return True, [*_places_of(_touched(events)), *buckets.places(None)], gone
    return False, _places_of(_touched(events)), gone


def _places_of(numbers: set[int]) -> list[buckets.Place]:
    return [place for some in rows.portions(numbers) for place in buckets.places(some)]


@reader(
    "desk.tallies",
    on=(
        "conversation.*",
        "status.changed",
        "priority.changed",
        "message.received",
        "message.queued",
        "message.unsent",
        "aside.received",
        "tag.*",
        "spam.*",
        "move.undone",
        "contact.changed",
        "contact.merged",
        "contact.unmerged",
        "view.*",
        "team.deleted",
    ),
    clear=tallies.forget,
    prepare=_places,
)
def keep_tallies(found: Places) -> None:
    """Write the counts; what changed since they were made has an event of its own to come."""
    is_all, places, gone = found
    tallies.free(gone)
    if is_all:
        tallies.keep_all(places)
    else:
        tallies.keep(places)
