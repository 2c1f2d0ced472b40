"""Tokens, signatures and sealed secrets, all from one key that lives outside the database.

Former keys still open and recognise what they made, until everything is sealed anew."""

import base64
import hashlib
import hmac
import secrets

from cryptography.fernet import Fernet, InvalidToken, MultiFernet

_keys: list[bytes] = []


class Tampered(ValueError):
    """The sealed text was made with another key, or altered."""


def use_key(secret: str, *old: str) -> None:
    """Set the installation's secret once, at start; what `old` ones made can still be read."""
    _keys[:] = [text.encode() for text in (secret, *old) if text]


def _derive(purpose: str) -> list[bytes]:
    """A key for one purpose from each secret, the present one first."""
    if not _keys:
        raise RuntimeError("the secret key is not set")
    return [hmac.new(key, b"okno:" + purpose.encode(), hashlib.sha256).digest() for key in _keys]


def fingerprints() -> list[str]:
    """What may be known of each key, the present one first: it leads to no key."""
    return [key.hex()[:32] for key in _derive("fingerprint")]


def _sign(key: bytes, text: str) -> str:
    return hmac.new(key, text.encode(), hashlib.sha256).hexdigest()[:32]


def sign(purpose: str, text: str) -> str:
    """128 bits of HMAC-SHA256 (RFC 2104) over `text`, 32 lower-case hex characters."""
    return _sign(_derive(purpose)[0], text)


def is_signed(purpose: str, text: str, signature: str) -> bool:
    """Whether `signature` is exactly ours, by any of our keys, compared in constant time."""
    given = signature.encode()
    return any([hmac.compare_digest(_sign(key, text).encode(), given) for key in _derive(purpose)])


def seal(text: str) -> str:
    """Encrypt a secret for the database (Fernet: AES-128-CBC with HMAC)."""
    return _boxes()[0].encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """The secret again; raises Tampered."""
    try:
        return MultiFernet(_boxes()).decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Tampered("this secret was sealed with another OKNO_SECRET_KEY") from None


def reseal(sealed: str) -> str:
    """The same secret sealed with the present key, unchanged if it is already; raises Tampered."""
    try:
        _boxes()[0].decrypt(sealed.encode())
    except InvalidToken:
        return seal(unseal(sealed))
    return sealed


def _boxes() -> list[Fernet]:
    return [Fernet(base64.urlsafe_b64encode(key)) for key in _derive("seal")]


def new_token() -> str:
    """A fresh unguessable token of 192 bits, url-safe."""
    return secrets.token_urlsafe(24)


def digest(token: str) -> str:
    """What is kept of a token: its SHA-256, enough because the token itself is random."""
    return hashlib.sha256(token.encode()).hexdigest()
