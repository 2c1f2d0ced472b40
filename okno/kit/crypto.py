"""Tokens, signatures and sealed secrets, all from one key that lives outside the database."""

import base64
import hashlib
import hmac
import secrets

from cryptography.fernet import Fernet, InvalidToken

_key = b""


class Tampered(ValueError):
    """The sealed text was made with another key, or altered."""


def use_key(secret: str) -> None:
    """Set the installation's secret once, at start."""
    global _key
    _key = secret.encode()


def _derive(purpose: str) -> bytes:
    if not _key:
        raise RuntimeError("the secret key is not set")
    return hmac.new(_key, b"okno:" + purpose.encode(), hashlib.sha256).digest()


def sign(purpose: str, text: str) -> str:
    """128 bits of HMAC-SHA256 (RFC 2104) over `text`, 32 lower-case hex characters."""
    return hmac.new(_derive(purpose), text.encode(), hashlib.sha256).hexdigest()[:32]


def is_signed(purpose: str, text: str, signature: str) -> bool:
    """Whether `signature` is exactly ours, compared in constant time."""
    return hmac.compare_digest(sign(purpose, text).encode(), signature.encode())


def seal(text: str) -> str:
    """Encrypt a secret for the database (Fernet: AES-128-CBC with HMAC)."""
    return _box().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """The secret again; raises Tampered."""
    try:
        return _box().decrypt(sealed.encode()).decode()
    except InvalidToken:
        raise Tampered("this secret was sealed with another OKNO_SECRET_KEY") from None


def _box() -> Fernet:
    return Fernet(base64.urlsafe_b64encode(_derive("seal")))


def new_token() -> str:
    """A fresh unguessable token of 192 bits, url-safe."""
    return secrets.token_urlsafe(24)


def digest(token: str) -> str:
    """What is kept of a token: its SHA-256, enough because the token itself is random."""
    return hashlib.sha256(token.encode()).hexdigest()
