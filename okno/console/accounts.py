"""How sign-in behaves: agents are invited, nobody signs up, and guesses are counted."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.contrib.auth.base_user import AbstractBaseUser
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import pgettext_lazy

from okno.access import limits
from okno.kit import clock, crypto

# (times, within seconds). A stranger must not lock an owner out: a browser that has signed in
# before carries a cookie, is counted by itself, and passes whatever others do to the account.
DEVICE = ((10, 300),)
PAIR = ((5, 300),)
ACCOUNT = ((20, 900),)
NETWORK = ((50, 900),)
DEVICE_COOKIE_AGE = 365 * 24 * 3600


class Adapter(DefaultAccountAdapter):  # type: ignore[misc]
    """allauth's own behaviour, closed for sign-up, with our limits."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "too_many_login_attempts": pgettext_lazy(
            "sign-in", "Too many wrong passwords. Wait a few minutes, or set a new password."
        ),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return False

    def authenticate(self, request: HttpRequest, **credentials: Any) -> AbstractBaseUser | None:
        """The user of an address and password; each try is counted until it proves right."""
        email = str(credentials.get("email", "")).strip().lower()
        guess = limits.guess("sign-in", _counted(request, email))
        if guess.wait:
            raise self.validation_error("too_many_login_attempts")
        user: AbstractBaseUser | None = super().authenticate(request, **credentials)
        if user is not None:
            guess.was_right()
        return user

    def get_client_ip(self, request: HttpRequest) -> str:
        return limits.address_of(request)

    def is_safe_url(self, url: str | None) -> bool:
        """Only a path of our own: with a host there is always one more way to write another."""
        return (
            url is not None and url.startswith("/") and url_has_allowed_host_and_scheme(url, None)
        )

    def login(self, request: HttpRequest, user: AbstractBaseUser) -> None:
        """Sign in; the session's age begins anew."""
        super().login(request, user)
        describe(request)

    def post_login(self, request: HttpRequest, user: AbstractBaseUser, **more: Any) -> HttpResponse:
        response: HttpResponse = super().post_login(request, user, **more)
        remember_device(response, str(getattr(user, "email", "")))
        return response

    def respond_user_inactive(self, request: HttpRequest, user: AbstractBaseUser) -> HttpResponse:
        return HttpResponseRedirect(settings.LOGIN_URL)


def describe(request: HttpRequest) -> None:
    """Note in the session where and by what it was opened, for its owner's list."""
    request.session["since"] = clock.now().isoformat()
    request.session["device"] = request.headers.get("User-Agent", "")[:200]
    request.session["address"] = limits.address_of(request)[:45]


def remember_device(response: HttpResponse, email: str) -> None:
    """Let this browser be known again as one that has signed in to this account."""
    nonce = crypto.new_token()
    response.set_cookie(
        settings.DEVICE_COOKIE_NAME,
        f"{nonce}.{crypto.sign('device', f'{email}:{nonce}')}",
        max_age=DEVICE_COOKIE_AGE,
        secure=settings.SESSION_COOKIE_SECURE,
        httponly=True,
        samesite="Lax",
    )


def _counted(request: HttpRequest, email: str) -> dict[str, limits.Limits]:
    """Whose guesses these are."""
    nonce, _, signature = request.COOKIES.get(settings.DEVICE_COOKIE_NAME, "").partition(".")
    if nonce and crypto.is_signed("device", f"{email}:{nonce}", signature):
        return {f"device:{nonce}": DEVICE}
    network = limits.network_of(request)
    return {
        f"pair:{email}:{network}": PAIR,
        f"account:{email}": ACCOUNT,
        f"network:{network}": NETWORK,
    }
