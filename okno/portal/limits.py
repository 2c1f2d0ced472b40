"""How often someone outside may do something: counted per person and per network."""

import ipaddress
from collections.abc import Sequence

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from okno.kit import clock


def network_of(request: HttpRequest) -> str:
    """The network a request came from: an IPv4 address, or the /64 of an IPv6 one.

    A forwarded address counts only behind our own proxy, and of it only the last, which that proxy
    itself has added; the rest is what the sender says of himself.
    """
    address = str(request.META.get("REMOTE_ADDR", ""))
    if settings.ENV["OKNO_TRUSTED_PROXY"]:
        address = request.headers.get("X-Forwarded-For", address).rpartition(",")[2].strip()
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return "unknown"
    if found.version == 4:
        return str(found)
    return str(ipaddress.ip_network((found, 64), strict=False).network_address)


def allow(what: str, who: str, limits: Sequence[tuple[int, int]]) -> bool:
    """Count one more; whether all of `limits` (times, within seconds) still hold."""
    now = int(clock.now().timestamp())
    kept = True
    for times, seconds in limits:
        key = f"limit:{what}:{seconds}:{now // seconds}:{who}"
        if cache.add(key, 1, seconds + 1):
            continue
        try:
            kept = cache.incr(key) <= times and kept
        except ValueError:
            cache.set(key, 1, seconds + 1)
    return kept
