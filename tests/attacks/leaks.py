"""Secrets that are found in texts, however they are written."""

import base64


def written(text: str) -> list[str]:
    """Each way in which a secret may be written."""
    raw = text.encode()
    return [text, base64.b64encode(raw).decode().rstrip("="), raw.hex(), text.replace("-", "%2D")]


def leaks(text: str, secrets: dict[str, str]) -> list[str]:
    known = {name: written(value) for name, value in secrets.items() if value}
    return [name for name, ways in known.items() if any(way in text for way in ways)]
