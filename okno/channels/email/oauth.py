"""Access tokens for mailboxes of services that take no passwords (RFC 6749 section 6)."""

import threading
import time
from dataclasses import dataclass, field

from django.conf import settings

from okno.channels.contract import Account
from okno.kit import http

EARLY_SECONDS = 60.0


class NoToken(Exception):
    """The token service did not give one; the text says why."""


@dataclass(frozen=True)
class Grant:
    """What an access token is asked for with."""

    url: str
    client_id: str
    client_secret: str = field(repr=False)
    refresh_token: str = field(repr=False)


def grant_of(account: Account) -> Grant | None:
    """The grant of a channel, None when it signs in with a password."""
    refresh_token = account.secrets.get("oauth_refresh_token", "")
    if not refresh_token:
        return None
    return Grant(
        str(account.settings.get("oauth_token_url", "")),
        str(account.settings.get("oauth_client_id", "")),
        account.secrets.get("oauth_client_secret", ""),
        refresh_token,
    )


_lock = threading.Lock()
_tokens: dict[Grant, tuple[str, float]] = {}


def access_token(grant: Grant) -> str:
    """A token that is good for another minute at least; raises NoToken."""
    with _lock:
        token, until = _tokens.get(grant, ("", 0.0))
        if time.monotonic() < until - EARLY_SECONDS:
            return token
        token, seconds = _ask(grant)
        _tokens[grant] = (token, time.monotonic() + seconds)
        return token


def _ask(grant: Grant) -> tuple[str, float]:
    form = {
        "grant_type": "refresh_token",
        "client_id": grant.client_id,
        "client_secret": grant.client_secret,
        "refresh_token": grant.refresh_token,
    }
    client = http.Client(settings.ENV["OKNO_ALLOW_PRIVATE"])
    try:
        answer = client.request("POST", grant.url, data={k: v for k, v in form.items() if v})
        told = answer.json()
        if answer.ok and isinstance(told.get("access_token"), str):
            return told["access_token"], float(told.get("expires_in") or 300)
    except (http.HttpError, ValueError, TypeError, AttributeError) as error:
        raise NoToken(f"{grant.url}: {error}"[:300]) from error
    raise NoToken(f"{grant.url} answered {answer.status}: {told.get('error', '')}"[:300])
