"""A program acting with an agent's key."""

from dataclasses import dataclass

from okno.access.models import Agent

SCOPES = ("read", "write", "admin")


@dataclass(frozen=True)
class Token:
    """An agent through an API token: never more than the agent, and only within its scopes."""

    agent: Agent
    scopes: tuple[str, ...]
    token_id: int

    actor_type = "token"

    @property
    def actor_id(self) -> int:
        return self.token_id

    def allows(self, scope: str) -> bool:
        """Whether the scope is among those given; a wider one includes the narrower."""
        wanted = SCOPES.index(scope)
        return any(SCOPES.index(given) >= wanted for given in self.scopes)
