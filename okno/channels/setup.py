"""The first minute of an installation: an administrator, a team, an address."""

import base64
import hmac

from okno.access.actions import create_agent, create_team
from okno.access.models import Agent, Role
from okno.access.queries import is_installed
from okno.channels.contract import adapters
from okno.desk.actions import create_channel
from okno.kit import crypto
from okno.spine import SYSTEM, unit

_TEAM = {"en": "Support", "ru": "Поддержка"}


def set_up_code() -> str:
    """What the first page asks for, so that nobody who merely finds it first becomes administrator.

    60 bits, from the installation's key: every process knows it, and it is written nowhere.
    """
    text = base64.b32encode(bytes.fromhex(crypto.sign("set-up", "code"))).decode()
    return "-".join(text[start : start + 4] for start in (0, 4, 8))


def is_set_up_code(given: str) -> bool:
    """Whether this is the code, however it was typed; compared in constant time."""
    typed = "".join(c for c in given.upper() if c.isalnum())
    return hmac.compare_digest(typed.encode(), set_up_code().replace("-", "").encode())


def set_up(
    *, email: str, password: str, name: str, language: str = "en", address: str = ""
) -> Agent:
    """Create the first administrator, a team and a channel of each kind that begins by itself.

    `address` is where clients will write, by default that of the administrator. Raises ValueError
    when Okno is set up already or something given cannot be used.
    """
    if is_installed():
        raise ValueError("Okno is set up already")
    if language not in _TEAM:
        raise ValueError("the language is ru or en")
    if len(password) < 10:
        raise ValueError("the password needs at least 10 characters")
    own = adapters.get("email")
    email = own.canonical(email)
    address = own.canonical(address or email)
    with unit(SYSTEM, "setup"):
        team = create_team(SYSTEM, _TEAM[language])
        admin = create_agent(
            SYSTEM,
            email,
            name or email,
            password=password,
            role=Role.ADMIN,
            teams=[team],
            language=language,
        )
        for adapter in adapters:
            if channel_name := adapter.begins_as.get(language):
                create_channel(
                    SYSTEM,
                    adapter.kind,
                    channel_name,
                    # Only a kind that can write first is written to at an address of ours.
                    address=address if adapter.abilities.can_start else "",
                    team=team,
                    language=language,
                )
    return admin
