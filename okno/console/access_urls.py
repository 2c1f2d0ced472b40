"""Addresses of signing in, of one's own settings and of administration."""

from typing import Any

from django.urls import path

from okno.console import converters
from okno.console.views import (
    about,
    audit,
    door,
    fields,
    me,
    own_picture,
    people,
    recovery,
    second_factors,
    tags,
    teams,
)

# Importing it makes `<id:...>` known.
__all__ = ["converters", "urlpatterns"]

urlpatterns: list[Any] = [
    path("sign-in/code/", door.code, name="mfa_authenticate"),
    path("sign-in/passkey/", door.passkey, name="mfa_login_webauthn"),
    path("recovery/", recovery.ask, name="recovery"),
    path("recovery/<str:secret>/", recovery.recover),
    path("invitation/<str:secret>/", recovery.accept),
    path("settings/me/", me.show),
    path("settings/me/picture", own_picture.change),
    path("agents/pictures/<slug:picture>", own_picture.show),
    path("settings/me/sign-in/", me.sign_in),
    path("settings/me/password", me.change_password),
    path("settings/me/sessions/end-others", me.end_others),
    path("settings/me/sessions/end-all", me.end_all),
    path("settings/me/sessions/<slug:name>/end", me.end_session),
    path("settings/me/factors/app/", second_factors.add_app),
    path("settings/me/factors/passkey/", second_factors.add_passkey),
    path("settings/me/factors/codes", second_factors.new_codes),
    path("settings/me/factors/<id:factor_id>/remove", second_factors.remove),
    path("settings/people/", people.show),
    path("settings/people/<id:agent_id>/", people.edit),
    path("settings/people/<id:agent_id>/switch", people.switch),
    path("settings/people/<id:agent_id>/invite", people.invite_again),
    path("settings/people/<id:agent_id>/revoke", people.revoke),
    path("settings/people/<id:agent_id>/drop-factors", people.drop_factors),
    path("settings/teams/add", teams.add),
    path("settings/teams/<id:team_id>/rename", teams.rename),
    path("settings/teams/<id:team_id>/delete", teams.delete),
    path("settings/tags/", tags.show),
    path("settings/tags/undo", tags.undo),
    path("settings/tags/<id:tag_id>/rename", tags.rename),
    path("settings/tags/<id:tag_id>/merge", tags.merge),
    path("settings/tags/<id:tag_id>/delete", tags.delete),
    path("settings/fields/", fields.show),
    path("settings/fields/<id:field_id>/", fields.edit),
    path("settings/fields/<id:field_id>/move", fields.move),
    path("settings/fields/<id:field_id>/delete", fields.delete),
    path("settings/audit/", audit.show),
    path("settings/about/", about.show),
    path("settings/channels/<id:channel_id>/send-letter", about.send_letter),
    path("settings/channels/<id:channel_id>/look-in", about.look_in),
]
