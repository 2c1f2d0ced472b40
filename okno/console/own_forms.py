"""Forms of an agent's own settings, passwords and second factors."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from zoneinfo import ZoneInfo, available_timezones

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import pgettext, pgettext_lazy

from okno.access.models import Agent, ApiToken, Notices, Role, Team, Theme
from okno.access.queries import own_tokens
from okno.console.form_fields import language_field, long_field, password_field, text_field
from okno.kit import clock

TIMEZONES = sorted(z for z in available_timezones() if "/" in z and not z.startswith("Etc/"))
BROWSER_TIMEZONES = frozenset([*TIMEZONES, "UTC"])


def timezone_choices() -> list[tuple[str, str]]:
    """All zones from west to east, by what their clocks show now and their city."""
    now = clock.now()
    zones = [("UTC", timedelta(0)), *((z, ZoneInfo(z).utcoffset(now)) for z in TIMEZONES)]
    found = sorted((offset or timedelta(0), _city(zone), zone) for zone, offset in zones)
    return [(zone, f"UTC{_clock(offset)} · {city}") for offset, city, zone in found]


def _city(zone: str) -> str:
    area, _, city = zone.partition("/")
    return f"{city} ({area})".replace("_", " ") if city else zone


def _clock(offset: timedelta) -> str:
    minutes = round(offset.total_seconds() / 60)
    return f"{'-' if minutes < 0 else '+'}{abs(minutes) // 60:02}:{abs(minutes) % 60:02}"


class OwnSettings(forms.Form):
    """What an agent says of themselves."""

    name = text_field(pgettext_lazy("own settings", "Name"), longest=120)
    language = language_field(pgettext_lazy("own settings", "Language"))
    timezone = forms.ChoiceField(
        label=pgettext_lazy("own settings", "Time zone"),
        choices=timezone_choices,
    )
    theme = forms.ChoiceField(
        label=pgettext_lazy("own settings", "Theme"), choices=Theme.choices, required=False
    )
    notices = forms.ChoiceField(
        label=pgettext_lazy("own settings", "Notices"),
        choices=Notices.choices,
        required=False,
        help_text=pgettext_lazy(
            "own settings",
            "For new messages of clients who are yours or whom nobody has taken. Sound, and notices"
            " outside the page, are switched for each browser in your menu at the bottom left.",
        ),
    )
    signature = long_field(
        pgettext_lazy("own settings", "Signature"),
        help_text=pgettext_lazy(
            "own settings",
            "Stands under your replies instead of the channel's. Empty: the channel's is used.",
        ),
        max_length=2000,
    )
    has_keys = forms.BooleanField(
        label=pgettext_lazy("own settings", "One-letter shortcuts"),
        required=False,
        help_text=pgettext_lazy(
            "own settings", "J and K move, R replies, N writes a note; a question mark lists all."
        ),
    )


class NewPassword(forms.Form):
    """A password chosen twice."""

    password = password_field(
        pgettext_lazy("password", "New password"),
        help_text=pgettext_lazy("password", "At least 10 characters; a sentence is good."),
    )
    again = password_field(pgettext_lazy("password", "The same once more"))

    def __init__(self, *args: Any, agent: Agent, **more: Any) -> None:
        super().__init__(*args, **more)
        self.agent = agent
        if tokens := own_tokens(agent):
            self.fields["keep_tokens"] = keep_tokens(tokens)

    def clean(self) -> dict[str, Any]:
        """Equal, and not what everybody tries first."""
        found = super().clean() or {}
        if found.get("password") and found.get("password") != found.get("again"):
            self.add_error("again", pgettext("password", "The two are not the same."))
        elif found.get("password"):
            try:
                validate_password(found["password"], self.agent.user)
            except forms.ValidationError as error:
                self.add_error("password", error)
        return found


def keep_tokens(tokens: Sequence[ApiToken]) -> forms.BooleanField:
    """The choice whether somebody's API keys outlive what ends their sessions: by itself no."""
    names = ", ".join(token.name or f"{token.prefix}…" for token in tokens)
    return forms.BooleanField(
        label=pgettext("password", "My API keys go on working"),
        required=False,
        help_text=pgettext("password", "Else these stop: %(names)s.") % {"names": names},
    )


def present_password() -> forms.CharField:
    """The field that proves who sits there."""
    return forms.CharField(
        label=pgettext_lazy("password", "Your present password"),
        max_length=128,
        widget=forms.PasswordInput({"autocomplete": "current-password"}),
    )


class ChangePassword(NewPassword):
    """Another password; the present one is asked for first."""

    present = present_password()
    field_order = ("present", "password", "again")


class Proof(forms.Form):
    """The present password, before something about sign-in changes."""

    present = present_password()


class SignOut(forms.Form):
    """Before devices are signed out."""

    def __init__(self, *args: Any, agent: Agent, **more: Any) -> None:
        super().__init__(*args, **more)
        if tokens := own_tokens(agent):
            self.fields["keep_tokens"] = keep_tokens(tokens)


class NewToken(Proof):
    """A key for a program: it outlives the session, so the session alone is not enough."""

    name = text_field(pgettext_lazy("token", "What it is for"), longest=80)
    scope = forms.ChoiceField(
        label=pgettext_lazy("token", "What it may do"),
        choices=[
            ("read", pgettext_lazy("token", "only read")),
            ("write", pgettext_lazy("token", "read and write")),
            ("admin", pgettext_lazy("token", "do all that I may")),
        ],
        initial="write",
    )
    field_order = ("name", "scope", "present")


class AppCode(Proof):
    """The first code of an app."""

    code = text_field(
        pgettext_lazy("second factor", "Code that the app shows"),
        longest=12,
        widget=forms.TextInput({"autocomplete": "one-time-code", "inputmode": "numeric"}),
    )
    field_order = ("code", "present")


class PasskeyName(Proof):
    """What a passkey is called."""

    name = text_field(pgettext_lazy("second factor", "Name of this passkey"), longest=80)
    credential = forms.JSONField(widget=forms.HiddenInput, required=False)
    field_order = ("name", "present")


class RecoveryAsked(forms.Form):
    """Who forgot their password."""

    email = forms.EmailField(
        label=pgettext_lazy("recovery", "Your e-mail"),
        widget=forms.EmailInput({"autocomplete": "username", "autofocus": True}),
    )


class AgentCard(forms.Form):
    """What an administrator sets of an agent."""

    name = text_field(pgettext_lazy("agent", "Name"), longest=120)
    role = forms.ChoiceField(
        label=pgettext_lazy("agent", "Role"), choices=Role.choices, initial=Role.AGENT
    )
    teams = forms.MultipleChoiceField(
        label=pgettext_lazy("agent", "Teams"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
    )

    def __init__(self, *args: Any, teams: list[Team], **more: Any) -> None:
        super().__init__(*args, **more)
        self.fields["teams"].choices = [(str(t.pk), t.name) for t in teams]  # type: ignore[attr-defined]


class Invitation(AgentCard):
    """A colleague to be invited."""

    email = forms.EmailField(label=pgettext_lazy("agent", "E-mail, for signing in"))
    language = language_field(pgettext_lazy("agent", "Language"))
    field_order = ("name", "email", "role", "language", "teams")

    def __init__(self, *args: Any, teams: list[Team], **more: Any) -> None:
        super().__init__(*args, teams=teams, **more)
        if len(teams) == 1:
            # Whoever is in no team sees nothing of it: with one there is nothing to choose.
            self.fields["teams"].initial = [str(teams[0].pk)]
