"""Reads of the idempotency table."""

from okno.access.models import Agent
from okno.api.models import IdempotencyRecord


def answered(agent: Agent, key: str) -> IdempotencyRecord | None:
    """The answer this agent's programs got for the key before, if it is still kept."""
    return IdempotencyRecord.kept.filter(agent=agent, key=key).first()
