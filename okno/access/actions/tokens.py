"""Verbs over the keys of programs."""

from collections.abc import Sequence
from datetime import datetime

from okno.access.actors import SCOPES
from okno.access.events import TokenCreated, TokenRevoked
from okno.access.models import Agent, ApiToken
from okno.access.policy import authorize
from okno.kit import clock, crypto
from okno.spine import Actor, record, verb


@verb
def create_token(
    actor: Actor,
    agent: Agent,
    *,
    name: str = "",
    scopes: Sequence[str] = ("read", "write"),
    expires_at: datetime | None = None,
) -> tuple[ApiToken, str]:
    """A new token and its text, which is shown this once; raises ValueError for a bad scope."""
    token = ApiToken(agent=agent, name=name, scopes=list(scopes), expires_at=expires_at)
    authorize(actor, "token.manage", token)
    if not scopes or set(scopes) - set(SCOPES):
        raise ValueError(f"scopes are {', '.join(SCOPES)}")
    text = "okno_" + crypto.new_token()
    token.prefix, token.digest = text[:12], crypto.digest(text)
    token.save()
    record(TokenCreated(token.pk, agent.pk))
    return token, text


def end_tokens(agent: Agent) -> int:
    """End every key of an agent, within a verb that has asked who may; returns how many."""
    live = ApiToken.objects.filter(agent=agent, revoked_at=None)
    ended = list(live.order_by("pk").values_list("pk", flat=True))
    live.filter(pk__in=ended).update(revoked_at=clock.now())
    for pk in ended:
        record(TokenRevoked(pk, agent.pk))
    return len(ended)


@verb
def revoke_token(actor: Actor, token: ApiToken) -> None:
    """End a token at once."""
    authorize(actor, "token.manage", token)
    ApiToken.objects.filter(pk=token.pk).update(revoked_at=clock.now())
    record(TokenRevoked(token.pk, token.agent_id))
