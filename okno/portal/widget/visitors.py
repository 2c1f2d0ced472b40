"""Who a visitor is: a signed token that their browser keeps, no cookie and no row."""

import base64
import json
import secrets
from dataclasses import dataclass

from okno.channels.widget import addresses
from okno.desk.contract import Level
from okno.kit import clock, crypto

PURPOSE = "visitor"
VERIFIED_SECONDS = 24 * 3600


@dataclass(frozen=True)
class Visitor:
    """Someone on a site, as sure as we are of them. `until` (Unix seconds) ends what the site
    vouched for; 0 for nobody in particular."""

    channel_id: int
    address: str
    level: Level = Level.ANONYMOUS
    name: str = ""
    email: str = ""
    until: int = 0


def newcomer(channel_id: int) -> Visitor:
    """Nobody in particular: 128 random bits."""
    return Visitor(channel_id, addresses.anonymous(channel_id, secrets.token_hex(16)))


def known(channel_id: int, subject: str, name: str, email: str) -> Visitor:
    """Someone whom the site has just vouched for."""
    until = int(clock.now().timestamp()) + VERIFIED_SECONDS
    address = addresses.identified(channel_id, subject)
    return Visitor(channel_id, address, Level.VERIFIED, name, email, until)


def token_of(visitor: Visitor) -> str:
    """The visitor's token: what we know, and 128 bits of HMAC over it."""
    values = [visitor.channel_id, visitor.address, visitor.level, visitor.name, visitor.email]
    text = json.dumps([*values, visitor.until], ensure_ascii=False)
    body = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    return f"{body}.{crypto.sign(PURPOSE, body)}"


def visitor_of(token: str, channel_id: int) -> Visitor | None:
    """Whose token it is; None for one we have not made, of another channel, or past its time."""
    body, dot, signature = token.partition(".")
    if not dot or len(token) > 4000 or not token.isascii():
        return None
    if not crypto.is_signed(PURPOSE, body, signature):
        return None
    text = base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))
    channel, address, level, name, email, until = json.loads(text)
    if channel != channel_id or (until and until <= clock.now().timestamp()):
        return None
    return Visitor(channel, address, Level(level), name, email, until)
