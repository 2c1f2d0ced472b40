"""How a visitor of a site is named: addresses that only our own server hands out."""

import hashlib
import re

from django.utils.translation import pgettext

KIND = "widget"
# Both carry the channel, so that one site's visitor is never another's.
_FORM = re.compile(r"(?:visitor:\d{1,18}:[0-9a-f]{32}|user:\d{1,18}:[^\x00-\x1f\x7f]{1,200})")


def anonymous(channel_id: int, visitor_id: str) -> str:
    """Someone known by nothing but 128 random bits (32 hexadecimal digits) in their browser."""
    return f"visitor:{channel_id}:{visitor_id}"


def identified(channel_id: int, subject: str) -> str:
    """Someone whom the site itself vouches for, by its own id of them."""
    return f"user:{channel_id}:{subject}"


def canonical(address: str) -> str:
    """The address unchanged; raises ValueError for one we have not made."""
    if not _FORM.fullmatch(address):
        raise ValueError("visitors of a site cannot be written to by address")
    return address


def thread_key(address: str) -> str:
    """One open conversation per visitor: the key is short, whatever the site calls them."""
    return hashlib.sha256(address.encode()).hexdigest()[:32]


def external_id(address: str, client_id: str) -> str:
    """The id of a message: the browser's, which counts for this visitor only."""
    return f"visit:{thread_key(address)}:{client_id}"


def client_id(external: str) -> str:
    """The browser's own id in an external id."""
    return external.rpartition(":")[2]


def calling(address: str) -> str | None:
    """What a person is called whom nobody has named: a visitor by four signs of their address, to
    tell them apart; someone whom the site vouches for by its id of them."""
    if not _FORM.fullmatch(address):
        return None
    kind, _, own = address.split(":", 2)
    if kind == "user":
        return own
    return pgettext("site chat", "Visitor %(mark)s") % {"mark": own[:4].upper()}
