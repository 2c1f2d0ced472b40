"""Every verb of access. Each is called inside `spine.unit` and records its event."""

from okno.access.actions.agents import change_agent, change_own, create_agent
from okno.access.actions.doors import (
    change_password,
    end_sessions,
    make_link,
    note_seen,
    revoke_invitation,
    sign_out,
    use_link,
)
from okno.access.actions.factors import (
    add_app,
    add_passkey,
    drop_factors,
    new_codes,
    remove_factor,
    reseal_factors,
)
from okno.access.actions.pictures import remove_picture, set_picture
from okno.access.actions.teams import create_team, delete_team, rename_team
from okno.access.actions.tokens import create_token, revoke_token

__all__ = [
    "add_app",
    "add_passkey",
    "change_agent",
    "change_own",
    "change_password",
    "create_agent",
    "create_team",
    "create_token",
    "delete_team",
    "drop_factors",
    "end_sessions",
    "make_link",
    "new_codes",
    "note_seen",
    "remove_factor",
    "remove_picture",
    "rename_team",
    "reseal_factors",
    "revoke_invitation",
    "revoke_token",
    "set_picture",
    "sign_out",
    "use_link",
]
