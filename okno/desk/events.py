"""What happens to conversations. Sentences are for the timeline; `{...}` are the event's fields."""

from okno.spine import event

# Words of a conversation change its thread and its line in the list, not the card beside it.
WORDS = ("thread", "list")


@event("conversation.opened", subject="conversation", sentence="Conversation opened")
class ConversationOpened:
    conversation: int
    channel: int
    requester: int
    direction: str
    is_quiet: bool = False


@event("message.received", subject="conversation", sentence="Message received", parts=WORDS)
class MessageReceived:
    conversation: int
    message: int
    channel: int
    is_automatic: bool = False
    is_quiet: bool = False
    is_spam: bool = False


@event("message.queued", subject="conversation", sentence="Reply written", parts=WORDS)
class MessageQueued:
    conversation: int
    message: int
    channel: int


@event("message.sent", subject="conversation", sentence="Message sent", parts=WORDS)
class MessageSent:
    conversation: int
    message: int
    delivery: int


@event("message.delivered", subject="conversation", sentence="Message arrived", parts=WORDS)
class MessageDelivered:
    conversation: int
    message: int
    delivery: int


@event("request.confirmed", subject="conversation", sentence="The client proved the address")
class RequestConfirmed:
    conversation: int
    message: int


@event("message.read", subject="conversation", sentence="Message read", parts=WORDS)
class MessageRead:
    conversation: int
    message: int
    delivery: int


@event(
    "message.failed", subject="conversation", sentence="Message could not be delivered", parts=WORDS
)
class MessageFailed:
    conversation: int
    message: int
    delivery: int


@event(
    "message.uncertain",
    subject="conversation",
    sentence="Message may not have arrived",
    parts=WORDS,
)
class MessageUncertain:
    conversation: int
    message: int
    delivery: int


@event(
    "message.delayed",
    subject="conversation",
    sentence="Message still waits for its server",
    parts=WORDS,
)
class MessageDelayed:
    conversation: int
    message: int
    delivery: int


@event("message.unsent", subject="conversation", sentence="Reply taken back", parts=WORDS)
class MessageUnsent:
    conversation: int
    message: int
    channel: int


@event("aside.queued", subject="conversation", sentence="Forwarded")
class AsideQueued:
    conversation: int
    message: int
    channel: int
    aside: int


@event("aside.received", subject="conversation", sentence="Answer from aside")
class AsideReceived:
    conversation: int
    message: int
    channel: int
    aside: int


@event("aside.settled", subject="conversation", sentence="Forwarded letter: {state}")
class AsideSettled:
    conversation: int
    message: int
    delivery: int
    state: str


@event("aside.unsent", subject="conversation", sentence="Forwarded letter taken back")
class AsideUnsent:
    conversation: int
    message: int
    channel: int


@event(
    "agent.mentioned", subject="agent", sentence="Mentioned in #{conversation}", parts=("mentions",)
)
class AgentMentioned:
    agent: int
    conversation: int
    note: int


@event("saved_reply.created", subject="saved_reply", sentence="Saved reply made")
class SavedReplyCreated:
    saved_reply: int


@event("saved_reply.changed", subject="saved_reply", sentence="Saved reply changed")
class SavedReplyChanged:
    saved_reply: int


@event("saved_reply.removed", subject="saved_reply", sentence="Saved reply deleted")
class SavedReplyRemoved:
    saved_reply: int


@event("saved_reply.restored", subject="saved_reply", sentence="Saved reply restored")
class SavedReplyRestored:
    saved_reply: int


@event("note.added", subject="conversation", sentence="Note added", parts=WORDS)
class NoteAdded:
    conversation: int
    note: int


@event("conversation.assigned", subject="conversation", sentence="Assigned")
class ConversationAssigned:
    conversation: int
    before: int | None
    after: int | None


@event("conversation.moved", subject="conversation", sentence="Moved to another team")
class ConversationMoved:
    conversation: int
    before: int | None
    after: int | None


@event("status.changed", subject="conversation", sentence="Status: {before} → {after}")
class StatusChanged:
    conversation: int
    before: str
    after: str


@event("priority.changed", subject="conversation", sentence="Priority: {before} → {after}")
class PriorityChanged:
    conversation: int
    before: int
    after: int


@event("conversation.changed", subject="conversation", sentence="Changed: {fields}")
class ConversationChanged:
    conversation: int
    fields: list[str]


@event("tag.added", subject="conversation", sentence="Tag added")
class TagAdded:
    conversation: int
    tag: int


@event("tag.removed", subject="conversation", sentence="Tag removed")
class TagRemoved:
    conversation: int
    tag: int


@event("conversation.snoozed", subject="conversation", sentence="Snoozed")
class ConversationSnoozed:
    conversation: int
    until: int


@event("conversation.woken", subject="conversation", sentence="Back from snooze")
class ConversationWoken:
    conversation: int


@event("due.set", subject="conversation", sentence="Deadline set")
class DueSet:
    conversation: int
    due: int | None


@event(
    "conversation.separated",
    subject="conversation",
    sentence="It does not belong to #{other}",
)
class ConversationSeparated:
    conversation: int
    other: int


@event("conversation.merged", subject="conversation", sentence="Merged into #{into}")
class ConversationMerged:
    conversation: int
    into: int
    move: int


@event("conversation.split", subject="conversation", sentence="Split off as #{into}")
class ConversationSplit:
    conversation: int
    into: int
    move: int


@event("move.undone", subject="conversation", sentence="Merge or split undone with #{other}")
class MoveUndone:
    conversation: int
    other: int
    move: int


@event("spam.marked", subject="conversation", sentence="Marked as spam")
class SpamMarked:
    conversation: int


@event("spam.unmarked", subject="conversation", sentence="Not spam")
class SpamUnmarked:
    conversation: int


@event("conversation.binned", subject="conversation", sentence="Moved to the bin")
class ConversationBinned:
    conversation: int


@event("conversation.restored", subject="conversation", sentence="Restored from the bin")
class ConversationRestored:
    conversation: int


@event("participant.added", subject="conversation", sentence="Participant added")
class ParticipantAdded:
    conversation: int
    participant: int
    is_confirmed: bool


@event("participant.confirmed", subject="conversation", sentence="Participant confirmed")
class ParticipantConfirmed:
    conversation: int
    participant: int


@event("participant.removed", subject="conversation", sentence="Participant removed")
class ParticipantRemoved:
    conversation: int
    identity: int


@event("follower.added", subject="conversation", sentence="Follower added")
class FollowerAdded:
    conversation: int
    agent: int


@event("follower.removed", subject="conversation", sentence="Follower removed")
class FollowerRemoved:
    conversation: int
    agent: int


@event("channel.created", subject="channel", sentence="Channel connected")
class ChannelCreated:
    channel: int
    kind: str


@event("channel.changed", subject="channel", sentence="Channel changed")
class ChannelChanged:
    channel: int
    fields: list[str]


@event("channel.troubled", subject="channel", sentence="Channel in trouble")
class ChannelTroubled:
    channel: int


@event("channel.recovered", subject="channel", sentence="Channel works again")
class ChannelRecovered:
    channel: int


@event("view.saved", subject="view", sentence="Filter saved")
class ViewSaved:
    view: int
    is_shared: bool


@event("view.changed", subject="view", sentence="Filter changed")
class ViewChanged:
    view: int
    fields: list[str]


@event("view.deleted", subject="view", sentence="Filter deleted")
class ViewDeleted:
    view: int


@event("view.restored", subject="view", sentence="Filter restored")
class ViewRestored:
    view: int


@event("tag.renamed", subject="tag", sentence="Tag renamed")
class TagRenamed:
    tag: int


@event("tag.merged", subject="tag", sentence="Tag merged into another")
class TagMerged:
    tag: int
    into: int


@event("tag.deleted", subject="tag", sentence="Tag deleted")
class TagDeleted:
    tag: int


@event("tag.restored", subject="tag", sentence="Tag restored")
class TagRestored:
    tag: int


@event("field.created", subject="field", sentence="Field added")
class FieldCreated:
    field: int
    kind: str


@event("field.changed", subject="field", sentence="Field changed")
class FieldChanged:
    field: int


@event("field.deleted", subject="field", sentence="Field deleted")
class FieldDeleted:
    field: int
