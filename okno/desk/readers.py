"""What the desk itself derives from the log: the search index."""

from okno.desk import search
from okno.desk.models import Conversation, Message
from okno.spine import Happened
from okno.spine.contract import reader


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
        "contact.*",
        "identity.added",
    ),
    clear=search.remove,
)
def keep_search(event: Happened) -> None:
    """New messages are added; what a conversation is known by is renewed in all of its rows."""
    if event.name.startswith("message."):
        search.index([event.data["message"]])
    elif event.subject_type == "contact":
        theirs = Conversation.objects.filter(requester=event.subject_id)
        _renew(*theirs.values_list("pk", flat=True))
    else:
        # A merge or split has a second side.
        others = (event.data.get("into"), event.data.get("other"))
        _renew(event.subject_id, *(number for number in others if number))


def _renew(*numbers: int) -> None:
    rows = Message.objects.filter(conversation_id__in=numbers)
    search.index(list(rows.values_list("pk", flat=True)))
