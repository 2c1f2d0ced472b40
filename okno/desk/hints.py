"""Which open pages may hear of a conversation: the rule of sight, on flat rows."""

from typing import Any

from okno.access.models import Agent
from okno.desk.models import Conversation
from okno.desk.rules import Place, sees
from okno.spine import live


def _facts(numbers: set[int]) -> dict[int, Any]:
    rows = Conversation.objects.filter(pk__in=numbers).values_list(
        "number", "team_id", "assignee_id", "requester_id", "requester__merged_into_id"
    )
    return {row[0]: Place(*row[1:]) for row in rows}


def _sees(viewer: Any, place: Any) -> bool:
    return sees(viewer, place)


live.audience("conversation", _facts, _sees)
# News of an agent (a mention) are for that agent alone.
live.audience("agent", lambda ids: {pk: pk for pk in ids}, lambda viewer, pk: viewer == Agent(pk))
