"""Reads of what visitors sent in."""

import hashlib

from okno.channels.models import Inbound
from okno.channels.widget.addresses import external_id


def says_other(channel_id: int, address: str, client_id: str, body: bytes) -> bool:
    """Whether this visitor has used the id before, for other bytes."""
    same = Inbound.objects.filter(
        channel_id=channel_id, external_id=external_id(address, client_id)
    )
    return same.exclude(sha256=hashlib.sha256(body).hexdigest()).exists()
