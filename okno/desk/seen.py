"""Reads of what each agent has seen: a client's message is unread until its page was open.

What is solved or closed asks nobody to read it, so nothing there is unread.
"""

from collections.abc import Sequence

from django.db.models import Exists, Max, OuterRef, Q, Subquery
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
    return Q(status__in=_ASKS) & Exists(news)


def newest_of_clients(numbers: Sequence[int]) -> dict[int, int]:
    """The id of the newest client's message of each of these conversations."""
    rows = Message.objects.filter(conversation_id__in=numbers, direction=Direction.IN)
    return dict(rows.order_by().values_list("conversation_id").annotate(Max("pk")))


def unread(actor: Actor, numbers: Sequence[int]) -> dict[int, int]:
    """Which of these conversations are unread, each with the id of its newest client's message.

    Two queries, however many there are. Statuses are the caller's to look at.
    """
    who = person(actor)
    if not isinstance(who, Agent) or not numbers:
        return {}
    marks = dict(
        Seen.objects.filter(agent=who, conversation_id__in=numbers).values_list(
            "conversation_id", "message_id"
        )
    )
    newest = newest_of_clients(numbers)
    return {number: pk for number, pk in newest.items() if pk > marks.get(number, 0)}
