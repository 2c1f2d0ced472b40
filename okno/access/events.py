"""What happens to agents and teams."""

from okno.spine import event


@event("agent.created", subject="agent", sentence="Agent created")
class AgentCreated:
    agent: int
    role: str


@event("agent.changed", subject="agent", sentence="Agent changed")
class AgentChanged:
    agent: int
    role: str
    is_active: bool
    teams: list[int]


@event("team.created", subject="team", sentence="Team created")
class TeamCreated:
    team: int


@event("token.created", subject="token", sentence="API token created")
class TokenCreated:
    token: int
    agent: int


@event("token.revoked", subject="token", sentence="API token revoked")
class TokenRevoked:
    token: int
    agent: int
