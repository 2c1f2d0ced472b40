"""Addresses of signing in, of one's own settings and of administration."""

from typing import Any

from django.urls import path

from okno.console import converters
from okno.console.views import door, me, recovery, second_factors

# Importing it makes `<id:...>` known.
__all__ = ["converters", "urlpatterns"]

urlpatterns: list[Any] = [
    path("sign-in/code/", door.code, name="mfa_authenticate"),
    path("sign-in/passkey/", door.passkey, name="mfa_login_webauthn"),
    path("recovery/", recovery.ask, name="recovery"),
    path("recovery/<str:secret>/", recovery.recover),
    path("invitation/<str:secret>/", recovery.accept),
    path("settings/me/", me.show),
    path("settings/me/sign-in/", me.sign_in),
    path("settings/me/password", me.change_password),
    path("settings/me/sessions/end-others", me.end_others),
    path("settings/me/sessions/end-all", me.end_all),
    path("settings/me/sessions/<slug:name>/end", me.end_session),
    path("settings/me/factors/app/", second_factors.add_app),
    path("settings/me/factors/passkey/", second_factors.add_passkey),
    path("settings/me/factors/codes", second_factors.new_codes),
    path("settings/me/factors/<id:factor_id>/remove", second_factors.remove),
]
