"""Which open pages may hear of a conversation: the rule of sight, on flat rows."""

from dataclasses import replace
from typing import Any

from okno.desk.models import Conversation
from okno.desk.rules import Place, sees
from okno.spine import live, rows, trailing
from okno.spine.contract import Happened

_PLACE = ("number", "team_id", "assignee_id", "requester_id", "requester.merged_into_id")


def _facts(numbers: set[int]) -> dict[int, Any]:
    found = rows.flat(Conversation, _PLACE, number__in=list(numbers))
    return {number: Place(*place) for number, *place in found}


def _sees(viewer: Any, place: Any) -> bool:
    return sees(viewer, place)


def _before(event: Happened, place: Any) -> Any:
    """Whoever saw it until it moved hears that it went; its page is refused from now on."""
    if event.name == "conversation.moved":
        return replace(place, team_id=event.data["before"])
    if event.name == "conversation.assigned":
        return replace(place, assignee_id=event.data["before"])
    return None


live.audience("conversation", _facts, _sees, _before)
trailing.trail("desk.tallies", "counts")
