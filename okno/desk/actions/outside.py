"""What a client may say of their own request, beside writing."""

from okno.access.policy import authorize
from okno.desk.actions.conversations import lock, put, turn
from okno.desk.models import Conversation, Status
from okno.kit import clock
from okno.spine import Actor


def settle(actor: Actor, conversation: Conversation) -> Conversation:
    """It is done, says the client; one that is solved or closed already stays as it is."""
    authorize(actor, "conversation.settle", conversation)
    fresh = lock(conversation)
    if fresh.status in (Status.OPEN, Status.PENDING):
        turn(fresh, Status.SOLVED)
    return fresh


def reopen(actor: Actor, conversation: Conversation) -> Conversation:
    """It is not done, says the client; raises ValueError for a closed one, which is final."""
    authorize(actor, "conversation.settle", conversation)
    fresh = lock(conversation)
    if fresh.status == Status.SOLVED:
        turn(fresh, Status.OPEN)
        put(fresh, waiting_since=clock.now())
    elif fresh.status == Status.CLOSED:
        raise ValueError("a closed conversation is final; write a new one instead")
    return fresh
