"""What the desk itself derives from the log: the search index."""

from okno.desk import search
from okno.desk.models import Conversation, Message
from okno.spine import Happened
from okno.spine.contract import reader


def _entries(events: list[Happened]) -> list[search.Entry]:
    """New messages are added; what a conversation is known by is renewed in all of its rows."""
    messages = {e.data["message"] for e in events if e.name.startswith("message.")}
    numbers: set[int] = set()
    contacts: set[int] = set()
    for event in events:
        if event.subject_type == "contact":
            contacts.add(event.subject_id)
        elif not event.name.startswith("message."):
            # A merge or split has a second side.
            sides = (event.subject_id, event.data.get("into"), event.data.get("other"))
            numbers.update(number for number in sides if number)
    if contacts:
        theirs = Conversation.objects.filter(requester__in=contacts)
        numbers.update(theirs.values_list("pk", flat=True))
    if numbers:
        rows = Message.objects.filter(conversation_id__in=numbers)
        messages.update(rows.values_list("pk", flat=True))
    return search.entries(messages)


@reader(
    "desk.search",
    on=(
        "message.received",
        "message.queued",
        "conversation.changed",
        "conversation.merged",
        "conversation.split",
        "move.undone",
        "tag.*",
        "contact.changed",
        "contact.merged",
        "contact.unmerged",
        "identity.added",
    ),
    clear=search.remove,
    gathers=_entries,
)
def keep_search(found: list[search.Entry]) -> None:
    """Write the entries; what changed since they were made has an event of its own to come."""
    search.put(found)
