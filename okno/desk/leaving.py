"""By which channel a message leaves, whatever became of its conversation meanwhile."""

from okno.desk.models import Channel, Message, Move
from okno.spine import rows


def channel_of(message: Message) -> Channel:
    """The channel a message was written for. A merge takes it to a conversation of another one,
    where its recipient's address means nothing: it would count as sent and reach nobody."""
    if message.aside is not None:
        return message.aside.channel
    number, before = message.conversation_id, None
    while (found := _brought(message.pk, number, before)) is not None:
        before, number = found
    if number == message.conversation_id:
        return message.conversation.channel
    return Channel.objects.get(conversations=number)


def _brought(message_id: int, number: int, before: int | None) -> tuple[int, int] | None:
    """The last move that took the message there, and from where; those from `before` on are
    later than its stay there."""
    moves = rows.flat(Move, ("id", "source_id", "messages"), target_id=number, undone_at=None)
    for pk, source, messages in sorted(moves, reverse=True):
        if message_id in messages and (before is None or pk < before):
            return pk, source
    return None
