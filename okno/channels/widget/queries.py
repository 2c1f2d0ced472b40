"""Reads of what visitors sent in."""

import hashlib

from okno.channels.models import Inbound
from okno.channels.widget.addresses import external_id
from okno.spine import rows


def says_other(channel_id: int, address: str, client_id: str, body: bytes) -> bool:
    """Whether this visitor has used the id before, for other bytes."""
    digest = hashlib.sha256(body).hexdigest()
    known = external_id(address, client_id)
    same = rows.read(Inbound, channel_id=channel_id, external_id=known)
    return any(inbound.sha256 != digest for inbound in same)
