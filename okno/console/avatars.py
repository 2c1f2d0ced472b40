"""People as small round pictures: their own one, or their initials on a ground."""

from html import escape
from zlib import crc32

from django.utils.safestring import SafeString

from okno.access.models import Agent
from okno.kit.icons import icon
from okno.kit.text import initials

TINTS = 6
PATH = "/agents/pictures/"


def avatar(name: str, size: str = "", channel_icon: str = "", picture: str = "") -> SafeString:
    """Initials on a ground that is always the same for the same name; over them `picture`, the
    name of an agent's own one."""
    tint = crc32(name.encode()) % TINTS + 1
    kind = f" is-{size}" if size else ""
    inner = escape(initials(name))
    if picture:
        inner += f'<img src="{PATH}{escape(picture)}" alt="">'
    if channel_icon:
        inner += f'<span class="avatar-channel">{icon(channel_icon)}</span>'
    return SafeString(f'<span class="avatar tint-{tint}{kind}" aria-hidden="true">{inner}</span>')


def face(agent: Agent | None, size: str = "") -> SafeString:
    """One of our people; without an agent, the product that wrote by itself."""
    if agent is None:
        return avatar("Okno", size)
    return avatar(agent.name or "Okno", size, picture=agent.picture)
