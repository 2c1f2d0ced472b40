"""The forms of the console: what is asked, with which words and limits."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.auth.password_validation import validate_password
from django.utils.translation import pgettext_lazy

from okno.access.models import Team
from okno.console.form_fields import language_field, long_field, password_field, text_field
from okno.desk.models import Channel


def _strong(password: str) -> str:
    """Refuse what everybody tries first."""
    if password:
        validate_password(password)
    return password


class Welcome(forms.Form):
    """The first administrator and the address of support, for who has seen the server's output."""

    code = text_field(
        pgettext_lazy("set-up", "Code"),
        longest=40,
        widget=forms.TextInput({"autocomplete": "off", "autofocus": True, "spellcheck": "false"}),
        help_text=pgettext_lazy(
            "set-up",
            "“okno serve” printed it when it started. On the server, “okno setup --code” prints it"
            " again.",
        ),
    )
    name = text_field(pgettext_lazy("set-up", "Your name"), longest=120)
    email = forms.EmailField(label=pgettext_lazy("set-up", "Your e-mail, for signing in"))
    password = password_field(
        pgettext_lazy("set-up", "Password"),
        help_text=pgettext_lazy("set-up", "At least 10 characters."),
    )
    address = forms.EmailField(
        label=pgettext_lazy("set-up", "Address your clients write to"),
        required=False,
        help_text=pgettext_lazy(
            "set-up", "For example support@your-firm.example. You can change it later."
        ),
    )
    language = language_field(pgettext_lazy("set-up", "Language"))

    def clean_password(self) -> str:
        return _strong(self.cleaned_data["password"])


class FirstLetter(forms.Form):
    """A conversation that we begin."""

    channel = forms.ChoiceField(label=pgettext_lazy("write", "From"))
    to = text_field(pgettext_lazy("write", "To"), longest=320)
    cc = text_field(pgettext_lazy("write", "Copy to"), required=False, longest=2000)
    subject = text_field(pgettext_lazy("write", "Subject"), required=False, longest=250)
    text = long_field(pgettext_lazy("write", "Text"), rows=10, required=True, max_length=1_000_000)
    key = forms.CharField(required=False, max_length=64, widget=forms.HiddenInput)

    def __init__(self, *args: Any, channels: Iterable[Channel], **more: Any) -> None:
        super().__init__(*args, **more)
        choices = [
            (str(c.pk), f"{c.name} · {c.address}" if c.address else c.name) for c in channels
        ]
        self.fields["channel"].choices = choices  # type: ignore[attr-defined]


class ContactCard(forms.Form):
    """What is known of a client."""

    name = text_field(pgettext_lazy("client", "Name"), required=False)
    company = text_field(pgettext_lazy("client", "Company"), required=False)
    language = language_field(pgettext_lazy("client", "Language"), required=False)
    about = long_field(pgettext_lazy("client", "What colleagues should know"), max_length=5000)


class ChannelBasics(forms.Form):
    """What every channel has; the kind's own form stands beside it."""

    name = text_field(
        pgettext_lazy("channel", "Name"),
        longest=80,
        help_text=pgettext_lazy("channel", "Clients see it as the sender of letters."),
    )
    team = forms.ChoiceField(
        label=pgettext_lazy("channel", "Team"),
        required=False,
        help_text=pgettext_lazy("channel", "New conversations go to this team."),
    )
    language = language_field(pgettext_lazy("channel", "Language"))
    signature = long_field(
        pgettext_lazy("channel", "Signature"),
        help_text=pgettext_lazy("channel", "Stands under each reply; {agent} becomes the name."),
        max_length=2000,
    )
    is_active = forms.BooleanField(
        label=pgettext_lazy("channel", "Receives and sends"), required=False, initial=True
    )

    def __init__(self, *args: Any, teams: Iterable[Team], **more: Any) -> None:
        super().__init__(*args, **more)
        nobody = ("", pgettext_lazy("channel", "No team: everyone sees it"))
        self.fields["team"].choices = [nobody, *((str(t.pk), t.name) for t in teams)]  # type: ignore[attr-defined]


class NewTeam(forms.Form):
    """A group of agents."""

    name = text_field(pgettext_lazy("team", "Name"), longest=80)
