"""What an agent has seen; no event, because nothing has happened to the conversation."""

from okno.access.models import Agent
from okno.access.policy import authorize, person
from okno.desk.models import Conversation, Seen
from okno.desk.seen import newest_of_clients
from okno.spine import Actor, current, verb

_PUT = """
INSERT INTO desk_seen (agent_id, conversation_id, message_id) VALUES (%s, %s, %s)
ON CONFLICT (conversation_id, agent_id) DO UPDATE SET message_id = excluded.message_id
WHERE desk_seen.message_id < excluded.message_id
"""


@verb
def mark_seen(actor: Actor, conversation: Conversation, message_id: int) -> None:
    """The agent has had a conversation open up to this message; never goes back."""
    authorize(actor, "conversation.note", conversation)
    agent = person(actor)
    newest = newest_of_clients([conversation.pk]).get(conversation.pk, 0)
    if isinstance(agent, Agent) and (upto := min(message_id, newest)) > 0:
        current().cursor.execute(_PUT, [agent.pk, conversation.pk, upto])


@verb
def mark_unread(actor: Actor, conversation: Conversation) -> None:
    """The newest client's message counts as unseen; raises ValueError when there is none."""
    authorize(actor, "conversation.note", conversation)
    agent = person(actor)
    newest = newest_of_clients([conversation.pk]).get(conversation.pk, 0)
    if not newest or not isinstance(agent, Agent):
        raise ValueError("the client has not written here")
    Seen.objects.update_or_create(
        agent=agent, conversation=conversation, defaults={"message_id": newest - 1}
    )
