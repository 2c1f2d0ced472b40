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


@event("agent.settings_changed", subject="agent", sentence="Own settings changed: {fields}")
class OwnSettingsChanged:
    agent: int
    fields: list[str]


@event("agent.picture_changed", subject="agent", sentence="Own picture changed")
class PictureChanged:
    agent: int
    has_picture: bool


@event("agent.invited", subject="agent", sentence="Agent invited")
class AgentInvited:
    agent: int


@event("invitation.revoked", subject="agent", sentence="Invitation revoked")
class InvitationRevoked:
    agent: int


@event("password.changed", subject="agent", sentence="Password changed")
class PasswordChanged:
    agent: int


@event("sessions.ended", subject="agent", sentence="Signed out elsewhere: {sessions}")
class SessionsEnded:
    agent: int
    sessions: int


@event("factor.added", subject="agent", sentence="Second factor added: {factor}")
class FactorAdded:
    agent: int
    factor: str


@event("factor.removed", subject="agent", sentence="Second factor removed: {factor}")
class FactorRemoved:
    agent: int
    factor: str


@event("team.changed", subject="team", sentence="Team renamed")
class TeamChanged:
    team: int


@event("team.deleted", subject="team", sentence="Team deleted")
class TeamDeleted:
    team: int
