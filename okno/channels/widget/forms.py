"""What an administrator is asked about a chat on a site."""

import re
from typing import Any

from django import forms
from django.utils.translation import pgettext_lazy

from okno.channels.origins import OriginsField

NAMES = [
    ("first", pgettext_lazy("site chat", "First name")),
    ("full", pgettext_lazy("site chat", "Full name")),
    ("channel", pgettext_lazy("site chat", "Name of the channel")),
]
CORNERS = [
    ("right", pgettext_lazy("site chat", "Right")),
    ("left", pgettext_lazy("site chat", "Left")),
]
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")


class WidgetForm(forms.Form):
    """Where the chat stands, how it looks, and who may write."""

    address = forms.CharField(required=False, widget=forms.HiddenInput)
    origins = OriginsField(
        label=pgettext_lazy("site chat", "Sites that may show the chat"),
        required=False,
        help_text=pgettext_lazy(
            "site chat",
            "One a line, like https://shop.example. The chat's own page works without any.",
        ),
    )
    title = forms.CharField(
        label=pgettext_lazy("site chat", "Title"), required=False, max_length=60
    )
    greeting = forms.CharField(
        label=pgettext_lazy("site chat", "Greeting"),
        required=False,
        max_length=300,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    colour = forms.CharField(
        label=pgettext_lazy("site chat", "Colour"),
        required=False,
        max_length=7,
        help_text=pgettext_lazy("site chat", "Like #3355aa. Empty: evening blue."),
    )
    corner = forms.ChoiceField(
        label=pgettext_lazy("site chat", "Corner"), choices=CORNERS, initial="right"
    )
    names = forms.ChoiceField(
        label=pgettext_lazy("site chat", "What visitors see of your people"),
        choices=NAMES,
        initial="first",
    )
    answer_minutes = forms.IntegerField(
        label=pgettext_lazy("site chat", "We answer within, minutes"),
        required=False,
        min_value=1,
        max_value=10_080,
        help_text=pgettext_lazy("site chat", "Shown to visitors. Empty: nothing is promised."),
    )
    typing_preview = forms.BooleanField(
        label=pgettext_lazy("site chat", "Agents see what is being typed"),
        required=False,
        help_text=pgettext_lazy("site chat", "Visitors are told so."),
    )
    verified_only = forms.BooleanField(
        label=pgettext_lazy("site chat", "Only visitors signed in at your site may write"),
        required=False,
    )
    identity_secret = forms.CharField(
        label=pgettext_lazy("site chat", "Shared secret for signed-in visitors"),
        required=False,
        min_length=32,
        max_length=200,
        strip=True,
        widget=forms.PasswordInput({"autocomplete": "off"}),
        help_text=pgettext_lazy(
            "site chat",
            "Your site signs a token (JWT, HS256) with it. At least 32 characters; never shown"
            " again. Empty: it stays as it is.",
        ),
    )

    sections = (
        ("", "", ("address", "origins")),
        (
            pgettext_lazy("site chat", "Look and words"),
            "",
            ("title", "greeting", "colour", "corner", "names", "answer_minutes", "typing_preview"),
        ),
        (
            pgettext_lazy("site chat", "Signed-in visitors"),
            "",
            ("verified_only", "identity_secret"),
        ),
    )

    def clean_colour(self) -> str:
        """Six hexadecimal digits after a #."""
        colour = str(self.cleaned_data["colour"])
        if colour and not _COLOUR.fullmatch(colour):
            raise forms.ValidationError(pgettext_lazy("site chat", "Write it like #3355aa."))
        return colour

    def settings(self) -> dict[str, Any]:
        """What is kept in the open."""
        closed = ("address", "identity_secret")
        kept = {k: v for k, v in self.cleaned_data.items() if k not in closed}
        return {name: value for name, value in kept.items() if value not in ("", None)}

    def secrets(self) -> dict[str, str]:
        """What is sealed; an empty one stays as it was."""
        return {"identity_secret": self.cleaned_data["identity_secret"]}
