"""Reads of the idempotency table."""

from okno.access.models import Agent
from okno.api.models import IdempotencyRecord
from okno.spine import rows


def answered(agent: Agent, key: str) -> IdempotencyRecord | None:
    """The answer this agent's programs got for the key before, if it is still kept."""
    return rows.one(IdempotencyRecord, agent_id=agent.pk, key=key)
