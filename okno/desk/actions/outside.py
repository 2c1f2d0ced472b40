"""What a client may say of their own request, beside writing."""

from okno.access.policy import authorize
from okno.desk.actions.conversations import lock, put, turn
from okno.desk.contract import Level
from okno.desk.events import RequestConfirmed
from okno.desk.models import Conversation, Message, Status
from okno.kit import clock
from okno.spine import Actor, record, verb


@verb
def settle(actor: Actor, conversation: Conversation) -> Conversation:
    """It is done, says the client; one that is solved or closed already stays as it is."""
    authorize(actor, "conversation.settle", conversation)
    fresh = lock(conversation)
    if fresh.status in (Status.OPEN, Status.PENDING):
        turn(fresh, Status.SOLVED)
    return fresh


@verb
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


@verb
def confirm_address(actor: Actor, first: Message) -> None:
    """The writer of the request that began with `first` has shown that they read mail at the
    address they gave; the caller has checked the link of our letter."""
    authorize(actor, "request.confirm", first)
    claimed = Message.objects.filter(pk=first.pk, level=Level.CLAIMED)
    if claimed.update(level=Level.VERIFIED):
        record(RequestConfirmed(first.conversation_id, first.pk))
