"""Second factors at sign-in and how they are set up: what we change of allauth.mfa."""

from typing import Any
from urllib.parse import urlsplit

from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.base.forms import AuthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.webauthn.forms import AuthenticateWebAuthnForm, LoginWebAuthnForm
from django import forms
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.utils.translation import pgettext

from okno.access import limits
from okno.kit import crypto

# Codes of six digits: (times, within seconds) for one person.
CODES = ((5, 300), (20, 3600))
# A code is good for its half minute and the ones beside it.
CODE_SECONDS = 120


class Adapter(DefaultMFAAdapter):  # type: ignore[misc]
    """Secrets are sealed; names and origin follow from our public address, not from a request."""

    def encrypt(self, text: str) -> str:
        return crypto.seal(text)

    def decrypt(self, encrypted_text: str) -> str:
        return crypto.unseal(encrypted_text)

    def get_totp_issuer(self) -> str:
        return f"{pgettext('brand', 'Okno')} {_host()}"

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        """WebAuthn Level 2 section 5.4.2: the domain that passkeys are bound to."""
        return {"id": _host(), "name": pgettext("brand", "Okno")}

    def get_public_key_credential_user_entity(self, user: AbstractBaseUser) -> dict[str, Any]:
        found: dict[str, Any] = super().get_public_key_credential_user_entity(user)
        return found | {"display_name": str(getattr(user, "email", ""))}


def _host() -> str:
    return urlsplit(settings.PUBLIC_URL).hostname or "localhost"


class CodeForm(AuthenticateForm):  # type: ignore[misc]
    """A code of an app or a recovery code: counted, and good for one use in all processes."""

    def clean_code(self) -> str:
        guess = limits.guess("code", {f"user:{self.user.pk}": CODES})
        if guess.wait:
            raise forms.ValidationError(
                pgettext("sign-in", "Too many wrong codes. Wait a few minutes."), code="often"
            )
        code: str = super().clean_code().replace(" ", "")
        is_app = self.authenticator.type == Authenticator.Type.TOTP
        if is_app and not limits.first_time("code", f"{self.user.pk}:{code}", CODE_SECONDS):
            raise forms.ValidationError(pgettext("sign-in", "This code was used already."))
        guess.was_right()
        return code


class _Strange:
    """What a browser sends as a credential may be anything; the library trips over some of it."""

    def clean_credential(self) -> Any:
        try:
            return super().clean_credential()  # type: ignore[misc]
        except (KeyError, TypeError, AttributeError, ValueError):
            raise forms.ValidationError(pgettext("sign-in", "This passkey does not fit.")) from None


class PasskeyStep(_Strange, AuthenticateWebAuthnForm):  # type: ignore[misc]
    """A passkey as the second step."""


class PasskeySignIn(_Strange, LoginWebAuthnForm):  # type: ignore[misc]
    """A passkey instead of address and password."""
