"""Words of a mail server, unless they repeat the secret: some echo what they refuse (E06)."""

import base64
from collections.abc import Iterable
from urllib.parse import quote

LEFT_OUT = "(the server's words repeat the password, so they are left out)"


def hushed(text: str, secrets: Iterable[str]) -> str:
    """`text`, or LEFT_OUT when one of the secrets stands in it, plain or in a usual coding."""
    low = text.lower()
    known = [way for secret in secrets if secret for way in _ways(secret)]
    return LEFT_OUT if any(way.lower() in low for way in known) else text


def _ways(secret: str) -> Iterable[str]:
    raw = secret.encode()
    yield from (secret, raw.hex(), quote(secret, safe=""), repr(secret)[1:-1], repr(raw)[2:-1])
    # Base64 of something that only ends in it (SASL PLAIN, RFC 4616) begins at any of three
    # places; what the neighbours reach into is left out.
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + raw).decode().rstrip("=")
        inner = coded[(before * 4 + 2) // 3 :]
        inner = inner[: len(inner) - 1] if (before + len(raw)) % 3 else inner
        if len(inner) > 3:
            yield inner
