"""How often something may be done: counted per person, per network and in all. One mechanism.

What may be guessed (passwords, codes, links) is counted in the database, for all processes; floods
(API, forms, chat) in the memory of each process, because a write for each request costs more than
the flood.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

from okno.access.actions import limits as counters
from okno.kit import clock, networks

Limits = Sequence[tuple[int, int]]


def network_of(request: HttpRequest) -> str:
    """The network a request came from: an IPv4 address, or the /64 of an IPv6 one.

    A forwarded address counts only behind our own proxy, and of it only the last, which that proxy
    itself has added; the rest is what the sender says of himself.
    """
    try:
        return networks.network_of(address_of(request))
    except ValueError:
        return "unknown"


def address_of(request: HttpRequest) -> str:
    """The address a request came from; see `network_of`."""
    address = str(request.META.get("REMOTE_ADDR", ""))
    if settings.ENV["OKNO_TRUSTED_PROXY"]:
        address = request.headers.get("X-Forwarded-For", address).rpartition(",")[2].strip()
    return address


def allow(what: str, who: str, limits: Limits) -> bool:
    """Count one more in this process; whether all `limits` (times, within seconds) still hold."""
    return wait_for(what, who, limits) == 0


def wait_for(what: str, who: str, limits: Limits) -> int:
    """Count one more in this process; seconds until it may be tried again, 0 when it may now."""
    now = int(clock.now().timestamp())
    wait = 0
    for times, seconds in limits:
        key = f"limit:{what}:{seconds}:{now // seconds}:{who}"
        if cache.add(key, 1, seconds + 1):
            continue
        try:
            kept = cache.incr(key) <= times
        except ValueError:
            cache.set(key, 1, seconds + 1)
            kept = True
        if not kept:
            wait = max(wait, seconds - now % seconds)
    return wait


@dataclass
class Guess:
    """One try at something secret, counted before it is answered, so that many at once count."""

    wait: int = 0
    keys: list[str] = field(default_factory=list)

    def was_right(self) -> None:
        """It was no guess: uncount it."""
        counters.take_back(self.keys)


def guess(what: str, limits: Mapping[str, Limits]) -> Guess:
    """Count one more guess under each name of `limits`, shared by all processes.

    `wait` of what is returned are the seconds until the next try is let in, 0 when this one is.
    """
    now = int(clock.now().timestamp())
    made = Guess()
    for who, some in limits.items():
        name = hashlib.sha256(who.encode()).hexdigest()[:32]
        for times, seconds in some:
            until = (now // seconds + 1) * seconds
            key = f"{what}:{seconds}:{until}:{name}"
            made.keys.append(key)
            if counters.count(key, until) > times:
                made.wait = max(made.wait, until - now)
    return made


def first_time(what: str, who: str, seconds: int) -> bool:
    """Whether this is the first time within `seconds` (a code that was used is used up)."""
    name = hashlib.sha256(who.encode()).hexdigest()[:32]
    until = int(clock.now().timestamp()) + seconds
    return counters.count(f"once:{what}:{name}", until) == 1
