"""What an agent's page rings for: chats in which a client waits and nobody else will answer."""

from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from okno.access.models import Agent
from okno.desk.buckets import WAITING
from okno.desk.queries import visible_to

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


def ringing(agent: Agent) -> Ringing:
    """What rings for this agent now."""
    nobodys = Q(assignee=None)
    # Chats and messengers are what has a key of its own for the thread; letters have none.
    chats = visible_to(agent).filter(WAITING, nobodys | Q(assignee=agent), thread_key__isnull=False)
    newest = chats.order_by("-last_message_at").values_list("last_message_at", "assignee_id")
    found = list(newest[:MOST_RINGING])
    return Ringing(found[0][0] if found else None, sum(agent_id is None for _, agent_id in found))
