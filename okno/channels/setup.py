"""The first minute of an installation: an administrator, a team, an address."""

from okno.access.actions import create_agent, create_team
from okno.access.models import Agent, Role
from okno.access.queries import is_installed
from okno.channels.contract import adapters
from okno.desk.actions import create_channel
from okno.spine import SYSTEM, unit

_WORDS = {
    "ru": ("Поддержка", "Поддержка"),
    "en": ("Support", "Support"),
}


def set_up(
    *, email: str, password: str, name: str, language: str = "en", address: str = ""
) -> Agent:
    """Create the first administrator, a team and an e-mail channel.

    `address` is where clients will write, by default that of the administrator. Raises ValueError
    when Okno is set up already or something given cannot be used.
    """
    if is_installed():
        raise ValueError("Okno is set up already")
    if language not in _WORDS:
        raise ValueError("the language is ru or en")
    if len(password) < 10:
        raise ValueError("the password needs at least 10 characters")
    adapter = adapters.get("email")
    email = adapter.canonical(email)
    team_name, channel_name = _WORDS[language]
    with unit(SYSTEM, "setup"):
        team = create_team(SYSTEM, team_name)
        admin = create_agent(
            SYSTEM,
            email,
            name or email,
            password=password,
            role=Role.ADMIN,
            teams=[team],
            language=language,
        )
        create_channel(
            SYSTEM,
            adapter.kind,
            channel_name,
            address=adapter.canonical(address or email),
            team=team,
            language=language,
        )
    return admin
