"""Reads of what each agent has seen: a client's message is unread until its page was open.

What is solved or closed asks nobody to read it, so nothing there is unread.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from django.db import connection
from django.db.models import Exists, Max, OuterRef, Q, QuerySet, Subquery
from django.db.models.functions import Coalesce

from okno.access.models import Agent
from okno.access.policy import person
from okno.desk.models import Direction, Message, Seen, Status
from okno.spine import Actor

_ASKS = (Status.OPEN, Status.PENDING)


def where_unread(agent: Agent) -> Q:
    """Conversations with a client's message that this agent has not seen."""
    mark = Seen.objects.filter(agent=agent, conversation=OuterRef("conversation"))
    last = Coalesce(Subquery(mark.values("message_id")[:1]), 0)
    news = Message.objects.filter(conversation=OuterRef("pk"), direction=Direction.IN, pk__gt=last)
    return Q(status__in=_ASKS) & Q(Exists(news))


def unknown_to(author: object, conversation_id: int, seen: int) -> QuerySet[Message]:
    """Messages after the one that a writer knew as the newest: the client's words and those of
    colleagues are news, one's own are not."""
    newer = Message.objects.filter(conversation_id=conversation_id, pk__gt=seen).order_by("pk")
    if isinstance(author, Agent):
        newer = newer.exclude(direction=Direction.OUT, agent=author)
    return newer


def newest_of_clients(numbers: Sequence[int]) -> dict[int, int]:
    """The id of the newest client's message of each of these conversations."""
    rows = Message.objects.filter(conversation_id__in=numbers, direction=Direction.IN)
    return dict(rows.order_by().values_list("conversation_id").annotate(Max("pk")))


_MARKS = """
SELECT c.number, COALESCE(d.text, ''), (
    SELECT MAX(m.id) FROM desk_message m WHERE m.conversation_id = c.number
    AND m.direction = 'in' AND m.aside_id IS NULL AND m.id > COALESCE(s.message_id, 0)
) FROM desk_conversation c
LEFT JOIN desk_draft d ON d.conversation_id = c.number AND d.agent_id = %s
LEFT JOIN desk_seen s ON s.conversation_id = c.number AND s.agent_id = %s
WHERE c.number IN ({marks})
"""


@dataclass(frozen=True)
class Mark:
    """What one agent has of a conversation: the words of a draft, and the newest client's message
    that they have not seen (0: none, whatever the status is)."""

    draft: str = ""
    unseen: int = 0


def marks(actor: Actor, numbers: Sequence[int]) -> dict[int, Mark]:
    """The actor's marks of conversations that they were given, in one query."""
    who = person(actor)
    if not isinstance(who, Agent) or not numbers:
        return {}
    statement = _MARKS.format(marks=", ".join(["%s"] * len(numbers)))
    with connection.cursor() as cursor:
        cursor.execute(statement, [who.pk, who.pk, *numbers])
        return {row[0]: Mark(row[1], row[2] or 0) for row in cursor.fetchall()}
