"""Which URLs and addresses the outgoing HTTP client may ask, and its errors."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network

import httpx

MAX_URL = 8_192

# IANA special-purpose address registries, and Azure's metadata address, which lies in public space.
_CLOSED = [
    ip_network(text)
    for text in (
        "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16",
        "172.16.0.0/12", "192.0.0.0/24", "192.0.2.0/24", "192.88.99.0/24", "192.168.0.0/16",
        "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/3", "168.63.129.16/32",
        "2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20",
    )
]  # fmt: skip
# Outside 2000::/3 lie loopback, mapped IPv4, NAT64, unique-local, link-local, multicast.
_GLOBAL_V6 = ip_network("2000::/3")
# Ports over 1023 on which something other than a web server usually listens.
_SERVICE_PORTS = {
    1433, 1521, 2049, 2375, 2376, 2379, 2380, 3306, 3389, 4369, 5432, 5672, 5900, 5984, 6000, 6379,
    6443, 6667, 9042, 9092, 9200, 9300, 10250, 10255, 11211, 26379, 27017,
}  # fmt: skip
_HOST = re.compile(r"[a-z0-9_](?:[a-z0-9_-]{0,62})(?:\.[a-z0-9_][a-z0-9_-]{0,62})*")
# A last label that is a number makes a host an IPv4 address for many programs (WHATWG URL, 3.5).
_NUMERIC_END = re.compile(r"(?:^|\.)(?:\d+|0x[0-9a-f]*)$")


class HttpError(Exception):
    """No answer. The text is the same for all, so that it is no port scanner; `reason` is for
    administrators (no URL in it: paths may hold tokens)."""

    def __init__(self, reason: str) -> None:
        super().__init__("The address could not be used.")
        self.reason = reason


class Blocked(HttpError):
    """The address, or one that it leads to, is not allowed."""


class TooLarge(HttpError):
    """The answer is over the limit, counted after decompression."""


class TooSlow(HttpError):
    """The whole request, redirects included, did not end in time."""


class Unreachable(HttpError):
    """No such name, nobody listening, a bad certificate or a broken answer."""


@dataclass(frozen=True, slots=True)
class Target:
    url: httpx.URL
    host: str
    port: int


@dataclass(frozen=True, slots=True)
class _Opening:
    """One entry of the allow list; without a port it opens the ordinary ones only."""

    host: str | None
    network: IPv4Network | IPv6Network | None
    port: int | None

    @classmethod
    def parse(cls, text: str) -> "_Opening":
        """From `host:port`, `CIDR`, `CIDR:port` or `[IPv6 CIDR]:port`; ValueError otherwise."""
        try:
            return cls(None, ip_network(text), None)
        except ValueError:
            pass
        host, colon, port = text.rpartition(":")
        host = host.removeprefix("[").removesuffix("]").lower()
        if not (colon and host and port.isascii() and port.isdigit() and int(port) < 65_536):
            raise ValueError(
                f"allowed address {text!r} is neither host:port nor CIDR nor CIDR:port"
            )
        try:
            return cls(None, ip_network(host), int(port))
        except ValueError:
            if not _HOST.fullmatch(host):
                raise ValueError(f"allowed address {text!r} has no valid host") from None
            return cls(host, None, int(port))

    def covers(self, target: Target, address: IPv4Address | IPv6Address) -> bool:
        if self.port != target.port and (self.port is not None or not _ordinary(target.port)):
            return False
        if self.network is None:
            return self.host == target.host
        return address in self.network


def _ordinary(port: int) -> bool:
    return port in (80, 443) or (1024 <= port < 65_536 and port not in _SERVICE_PORTS)


def _public(address: IPv4Address | IPv6Address) -> bool:
    if address.version == 6 and address not in _GLOBAL_V6:
        return False
    return not any(address in network for network in _CLOSED)


class Guard:
    """Which URLs and addresses may be asked."""

    def __init__(self, allow: Sequence[str]) -> None:
        self._openings = [_Opening.parse(entry) for entry in allow]

    def target(self, url: str) -> Target:
        """Check the form of `url`; Blocked unless it names a host in the one plain way."""
        if len(url) > MAX_URL or re.search(r"[\x00-\x20\x7f-\x9f\\]", url):
            raise Blocked("malformed URL")
        try:
            parsed = httpx.URL(url)
            host = parsed.raw_host.decode("ascii").lower()
        except (httpx.InvalidURL, ValueError):
            raise Blocked("malformed URL") from None
        if parsed.scheme not in ("http", "https"):
            raise Blocked(f"scheme {parsed.scheme[:20]!r}")
        if "@" in re.split(r"[/?#]", url.partition("://")[2], maxsplit=1)[0]:
            raise Blocked("user name in the URL")
        port = parsed.port
        if port is None:
            port = 443 if parsed.scheme == "https" else 80
        if literal(host) is None and (_NUMERIC_END.search(host) or not _plain_name(host)):
            raise Blocked("host form")
        if not _ordinary(port) and all(entry.port != port for entry in self._openings):
            raise Blocked(f"port {port}")
        return Target(parsed, host, port)

    def check(self, target: Target, addresses: Iterable[str]) -> list[str]:
        """`addresses`, when every single one is allowed: a mixed answer is an attack."""
        checked = []
        for text in addresses:
            address = literal(text)
            if address is None or not self._allowed(target, address):
                raise Blocked(f"{target.host}:{target.port} leads to {text[:60]}")
            checked.append(str(address))
        if not checked:
            raise Unreachable(f"no address for {target.host}")
        return checked

    def _allowed(self, target: Target, address: IPv4Address | IPv6Address) -> bool:
        if _public(address) and _ordinary(target.port):
            return True
        return any(entry.covers(target, address) for entry in self._openings)


def _plain_name(host: str) -> bool:
    return len(host) <= 253 and _HOST.fullmatch(host) is not None


def literal(host: str) -> IPv4Address | IPv6Address | None:
    try:
        return None if "%" in host else ip_address(host)
    except ValueError:
        return None
