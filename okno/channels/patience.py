"""Senders whose items took too long to read, twice within an hour: theirs wait behind others.

Each costs the reader seconds of processor time, and one host may send hundreds of them. Known per
process: after a start they have two more.
"""

import ipaddress
import threading
from collections import OrderedDict
from datetime import timedelta

from okno.channels.models import Inbound
from okno.kit import clock

MOST_SLOW = 2
MOST_PEERS = 1_000
REMEMBERED_SECONDS = 3_600.0
# One that stands behind others is looked at again so much later, the next one twice as much.
PAUSE_SECONDS = 5.0
LONGEST_WAIT = timedelta(minutes=10)

_lock = threading.Lock()
_slow: OrderedDict[str, list[float]] = OrderedDict()


def note_slow(inbound: Inbound) -> None:
    """Its reading was stopped for taking too long."""
    peer = _peer(inbound)
    if not peer:
        return
    now = clock.now().timestamp()
    with _lock:
        _slow[peer] = [*_recent(peer, now), now][-MOST_SLOW:]
        _slow.move_to_end(peer)
        while len(_slow) > MOST_PEERS:
            _slow.popitem(last=False)


def must_wait(inbound: Inbound, batch: list[Inbound]) -> bool:
    """Whether it is not read now: it comes from such a sender and does not stand alone. After ten
    minutes one in a batch is read all the same."""
    peer = _peer(inbound)
    now = clock.now()
    with _lock:
        is_slow = len(_recent(peer, now.timestamp())) >= MOST_SLOW
    if not is_slow or len(batch) == 1:
        return False
    return inbound is not batch[0] or now - inbound.received_at < LONGEST_WAIT


def forget() -> None:
    """Begin anew, for tests."""
    with _lock:
        _slow.clear()


def _recent(peer: str, now: float) -> list[float]:
    return [at for at in _slow.get(peer, ()) if 0 <= now - at < REMEMBERED_SECONDS]


def _peer(inbound: Inbound) -> str:
    """The network that gave it to us, a /64 of IPv6; "" where a provider or a pipe stands between,
    whose other letters would suffer."""
    try:
        address = ipaddress.ip_address(str(inbound.meta.get("peer", "")).partition("%")[0])
    except ValueError:
        return ""
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is None:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return str(getattr(address, "ipv4_mapped", None) or address)
