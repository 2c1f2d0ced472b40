"""What comes due on conversations."""

from okno.desk.actions import conversations
from okno.desk.models import Conversation, Status
from okno.spine.contract import timer


@timer("conversation.wake")
def wake(number: int) -> None:
    """A snooze has ended."""
    fresh = conversations.lock(Conversation(pk=number))
    if fresh.snoozed_until is not None:
        conversations.rouse(fresh)


@timer("conversation.close")
def close(number: int) -> None:
    """Solved and quiet for long enough: final."""
    fresh = conversations.lock(Conversation(pk=number))
    if fresh.status == Status.SOLVED:
        conversations.turn(fresh, Status.CLOSED)
