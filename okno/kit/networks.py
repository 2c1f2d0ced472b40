"""Addresses of hosts, and the networks that are counted as one visitor."""

import ipaddress


def network_of(address: str) -> str:
    """What limits count as one: an IPv4 address or the /64 of an IPv6 one, which is what a single
    customer is given (RFC 6177). Raises ValueError for what is no address."""
    found = ipaddress.ip_address(address)
    # How a listener for both families sees IPv4 (RFC 4291 section 2.5.5.2).
    found = getattr(found, "ipv4_mapped", None) or found
    if found.version == 4:
        return str(found)
    return str(ipaddress.ip_network((found, 64), strict=False).network_address)


def is_this_machine(address: str) -> bool:
    """Whether an address is of the loopback; False for what is no address."""
    try:
        found = ipaddress.ip_address(address)
    except ValueError:
        return False
    return (getattr(found, "ipv4_mapped", None) or found).is_loopback
