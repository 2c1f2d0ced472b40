"""What an agent's page rings for: a client waits, and nobody else will answer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.db.models import Max, Q, QuerySet

from okno.access.models import Agent, Notices
from okno.desk.buckets import WAITING
from okno.desk.models import Conversation, Direction, Message
from okno.desk.queries import scope
from okno.spine.statements import lists

# Asked with every page: more than these ring no louder.
MOST_RINGING = 50


@dataclass(frozen=True)
class Ringing:
    """`newest`: the last word of a client in the agent's own or nobody's conversations; `untaken`:
    how many of the newest chats are nobody's: those ring until somebody takes them. `chat`: the
    number of the newest of those, 0 for none."""

    newest: datetime | None
    untaken: int
    chat: int = 0

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
        # Chats and messengers are what has a key of its own for the thread; letters have none.
        found = _waiting(self.sight, self.agent_id).filter(thread_key__isnull=False)
        return found.values_list("last_message_at", "assignee_id", "number")[:MOST_RINGING]


def _waiting(sight: Q, agent_id: int) -> QuerySet[Conversation]:
    mine = Q(assignee=None) | Q(assignee_id=agent_id)
    return Conversation.objects.filter(sight, WAITING, mine).order_by("-last_message_at")


def _last_letter(sight: Q, agent_id: int) -> datetime | None:
    """When the last of the letters and forms came. Not when their conversations were touched last:
    whoever asks somebody outside while a client waits must not ring for himself."""
    waiting = _waiting(sight, agent_id).filter(thread_key__isnull=True)
    came = Message.objects.filter(
        conversation__in=waiting.values("pk")[:MOST_RINGING],
        direction=Direction.IN,
        is_automatic=False,
    )
    found: datetime | None = came.aggregate(at=Max("created_at"))["at"]
    return found


def ringing(agent: Agent) -> Ringing:
    """What rings for this agent now, of that for which they want notices."""
    sight = scope(agent)
    if sight is None or agent.notices == Notices.NONE:
        return Ringing(None, 0)
    chats = lists(_Chats(sight, agent.pk))
    letter = _last_letter(sight, agent.pk) if agent.notices == Notices.ALL else None
    newest = [at for at in (letter, chats[0][0] if chats else None) if at is not None]
    untaken = [number for _, agent_id, number in chats if agent_id is None]
    return Ringing(max(newest, default=None), len(untaken), untaken[0] if untaken else 0)
