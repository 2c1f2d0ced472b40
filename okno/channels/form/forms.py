"""What an administrator is asked about a form."""

from typing import Any

from django import forms
from django.utils.translation import pgettext_lazy

from okno.channels.origins import OriginsField


class FormForm(forms.Form):
    """Its words, and the sites that may show it in a frame."""

    address = forms.CharField(required=False, widget=forms.HiddenInput)
    title = forms.CharField(
        label=pgettext_lazy("public form", "Title"), required=False, max_length=80
    )
    intro = forms.CharField(
        label=pgettext_lazy("public form", "Words above the form"),
        required=False,
        max_length=500,
        widget=forms.Textarea(attrs={"rows": 2}),
    )
    origins = OriginsField(
        label=pgettext_lazy("public form", "Sites that may show it in a frame"),
        required=False,
        help_text=pgettext_lazy("public form", "One a line, like https://shop.example."),
    )

    confirms = forms.BooleanField(
        label=pgettext_lazy("public form", "Send a confirmation by e-mail"),
        required=False,
        initial=True,
        help_text=pgettext_lazy(
            "public form",
            "With the number and the address of the request's own page; at most one a day to an"
            " address. It leaves by the first e-mail channel that can send.",
        ),
    )

    sections = (("", "", ("address", "title", "intro", "origins", "confirms")),)

    def settings(self) -> dict[str, Any]:
        """What is kept in the open."""
        kept = {k: v for k, v in self.cleaned_data.items() if k != "address"}
        return {name: value for name, value in kept.items() if value not in ("", None)}

    def secrets(self) -> dict[str, str]:
        """There are none."""
        return {}
