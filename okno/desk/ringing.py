"""What an agent's page rings for: chats in which a client waits and nobody else will answer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Q, QuerySet

from okno.access.models import Agent
from okno.desk.buckets import WAITING
from okno.desk.models import Conversation
from okno.desk.queries import scope
from okno.spine.statements import lists

# Asked with every page: more than these ring no louder.
MOST_RINGING = 50


@dataclass(frozen=True)
class Ringing:
    """`newest`: the last word of a client in the agent's own or nobody's chats; `untaken`: how many
    of the newest ones are nobody's."""

    newest: datetime | None
    untaken: int

    @property
    def mark(self) -> int:
        """Grows with each new word, in microseconds; 0 when all is quiet."""
        return int(self.newest.timestamp() * 1_000_000) if self.newest else 0


@dataclass(frozen=True)
class _Chats:
    """What waits in chats, the last word first, for an agent with this sight."""

    sight: Q
    agent_id: int

    def __call__(self) -> QuerySet[Any, Any]:
        nobodys = Q(assignee=None)
        mine = nobodys | Q(assignee_id=self.agent_id)
        # Chats and messengers are what has a key of its own for the thread; letters have none.
        chats = Conversation.objects.filter(self.sight, WAITING, mine, thread_key__isnull=False)
        newest = chats.order_by("-last_message_at").values_list("last_message_at", "assignee_id")
        return newest[:MOST_RINGING]


def ringing(agent: Agent) -> Ringing:
    """What rings for this agent now."""
    sight = scope(agent)
    found = [] if sight is None else lists(_Chats(sight, agent.pk))
    return Ringing(found[0][0] if found else None, sum(agent_id is None for _, agent_id in found))
