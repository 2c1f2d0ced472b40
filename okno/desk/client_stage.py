"""Where a conversation stands in words for its client, the same on every page and in the chat."""

from collections.abc import Callable
from enum import StrEnum

from okno.desk.models import Conversation, Direction, Message, Status
from okno.kit.registry import Registry


class Stage(StrEnum):
    """The steps of the bar that a client sees, in their order."""

    RECEIVED = "received"
    WORK = "work"
    WAITING = "waiting"
    SOLVED = "solved"


# What rooms above know of it, by their names: each says the stage, or None where it knows nothing.
sources: Registry[Callable[[Conversation], Stage | None]] = Registry("source of client stages")


def client_stage(conversation: Conversation) -> Stage:
    """Received, in work once somebody has it or has answered, waiting for the client, or solved."""
    for source in sources:
        if (said := source(conversation)) is not None:
            return said
    if conversation.status in (Status.SOLVED, Status.CLOSED):
        return Stage.SOLVED
    if conversation.status == Status.PENDING:
        return Stage.WAITING
    in_work = conversation.assignee_id is not None or _is_answered(conversation)
    return Stage.WORK if in_work else Stage.RECEIVED


def _is_answered(conversation: Conversation) -> bool:
    answers = Message.objects.filter(direction=Direction.OUT, is_automatic=False)
    return answers.filter(conversation=conversation).exists()
