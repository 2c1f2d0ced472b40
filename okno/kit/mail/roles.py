"""Addresses behind which no person sits, so that nothing automatic may be written to them."""

import re

# RFC 2142 sections 4 and 5 (technical roles), RFC 3834 section 2, and what mail and list programs
# call themselves. The business roles of RFC 2142 section 3 (info, sales, support) are not here:
# small firms write from them.
_ROLES = re.compile(
    r"(?:abuse|noc|security|postmaster|hostmaster|usenet|news|webmaster|www|uucp|ftp|root|daemon"
    r"|nobody|mailer-?daemon|listserv|listproc|majordomo|mailman|bounces?|autoreply|autoresponder"
    r"|(?:do-?)?not?-?reply|(?:owner|bounces?)-.*|.*-(?:request|owner|bounces?|noreply|no-reply))"
)


def is_role(address: str) -> bool:
    """Whether a canonical address is that of a program or of nobody in particular."""
    local = address.rpartition("@")[0].partition("+")[0]
    return bool(_ROLES.fullmatch(local.replace(".", "-").replace("_", "-")))
