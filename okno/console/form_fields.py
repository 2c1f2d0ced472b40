"""The kinds of field that our forms are made of."""

from typing import Any

from django import forms
from django.conf import settings


def text_field(
    label: Any, *, required: bool = True, longest: int = 160, **more: Any
) -> forms.CharField:
    """A line of text."""
    return forms.CharField(label=label, required=required, max_length=longest, **more)


def long_field(
    label: Any, *, rows: int = 3, required: bool = False, **more: Any
) -> forms.CharField:
    """Several lines of text."""
    area = forms.Textarea({"rows": rows, "class": "textarea", "data-autosize": ""})
    return forms.CharField(label=label, required=required, widget=area, **more)


def password_field(label: Any, **more: Any) -> forms.CharField:
    """A new password."""
    widget = forms.PasswordInput({"autocomplete": "new-password"})
    return forms.CharField(label=label, min_length=10, max_length=128, widget=widget, **more)


def language_field(label: Any, *, required: bool = True) -> forms.ChoiceField:
    """One of our languages."""
    first = [] if required else [("", "—")]
    return forms.ChoiceField(label=label, required=required, choices=[*first, *settings.LANGUAGES])
