"""Content-Security-Policy (CSP Level 3) with a nonce made anew for each answer that has a script.

Names and ways are those of Django 6 (`django.utils.csp`, its middleware and context processor),
which is to take the place of this file. One thing differs: a directive of which nothing is left,
because the page has no script, says 'none' here instead of falling back to `default-src`.
"""

import secrets
from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum

from django.conf import settings
from django.http import HttpRequest
from django.http.response import HttpResponseBase

HEADER = "Content-Security-Policy"
NONCE_BYTES = 16  # CSP Level 3, section 7.1: at least 128 bits, never used twice


class CSP(StrEnum):
    """Sources that a policy may name."""

    NONE = "'none'"
    SELF = "'self'"
    NONCE = "<nonce of the answer>"


class LazyNonce:
    """Made when a template first writes it; false until then."""

    def __init__(self) -> None:
        self._text = ""

    def __str__(self) -> str:
        self._text = self._text or secrets.token_urlsafe(NONCE_BYTES)
        return self._text

    def __bool__(self) -> bool:
        return bool(self._text)


def build_policy(config: Mapping[str, Iterable[str]], nonce: LazyNonce | str = "") -> str:
    """The header for sources by directive; without a nonce CSP.NONCE lets nothing in."""
    return "; ".join(f"{name} {_sources(given, nonce)}" for name, given in config.items())


def _sources(given: Iterable[str], nonce: LazyNonce | str) -> str:
    allowed = [one for one in given if one != CSP.NONCE or nonce]
    return " ".join(f"'nonce-{nonce}'" if one == CSP.NONCE else one for one in allowed) or CSP.NONE


def override(response: HttpResponseBase, **directives: Iterable[str]) -> None:
    """Give an answer other sources than SECURE_CSP has: `frame_ancestors=[...]`."""
    changed = {name.replace("_", "-"): given for name, given in directives.items()}
    response._csp_config = {**settings.SECURE_CSP, **changed}  # type: ignore[attr-defined]


class ContentSecurityPolicyMiddleware:
    """Puts SECURE_CSP, or what `override` made of it, on each answer without a policy of its own.

    It stands outside all that makes pages, so that none, not even of an error, goes without.
    """

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponseBase]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponseBase:
        nonce = request._csp_nonce = LazyNonce()  # type: ignore[attr-defined]
        response = self.get_response(request)
        if HEADER not in response:
            config = getattr(response, "_csp_config", settings.SECURE_CSP)
            response[HEADER] = build_policy(config, nonce)
        return response


def csp(request: HttpRequest) -> dict[str, LazyNonce | str]:
    """Context processor: `<script nonce="{{ csp_nonce }}">`."""
    return {"csp_nonce": getattr(request, "_csp_nonce", "")}
