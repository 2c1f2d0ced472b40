"""Forms of our own fields, and of the search in the log."""

from datetime import date
from typing import Any

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils.translation import pgettext_lazy

from okno.console.form_fields import long_field, text_field
from okno.desk.models import Field


class FieldCard(forms.Form):
    """What can be changed of a field."""

    label = text_field(pgettext_lazy("field", "Name"), longest=80)
    choices = long_field(
        pgettext_lazy("field", "Choices, one a line"),
        help_text=pgettext_lazy("field", "Only for the kind “Choice”."),
        max_length=9000,
    )
    is_required = forms.BooleanField(
        label=pgettext_lazy("field", "Must be filled before solving"), required=False
    )


class NewField(FieldCard):
    """A field of our own on conversations."""

    type = forms.ChoiceField(label=pgettext_lazy("field", "Kind"), choices=Field.Type.choices)
    field_order = ("label", "type", "choices", "is_required")


# Midnight of the first and the last day that a calendar has is no instant in every zone.
_YEARS = [MinValueValidator(date(1970, 1, 1)), MaxValueValidator(date(2999, 12, 31))]


class LogSearch(forms.Form):
    """Whose events, which, and when."""

    who = forms.ChoiceField(label=pgettext_lazy("audit", "Who"), required=False)
    what = forms.ChoiceField(label=pgettext_lazy("audit", "What"), required=False)
    since = forms.DateField(
        label=pgettext_lazy("audit", "From"),
        required=False,
        widget=forms.DateInput({"type": "date"}),
        validators=_YEARS,
    )
    until = forms.DateField(
        label=pgettext_lazy("audit", "To"),
        required=False,
        widget=forms.DateInput({"type": "date"}),
        validators=_YEARS,
    )

    def __init__(
        self, *args: Any, people: list[tuple[int, str]], groups: list[tuple[str, str]], **more: Any
    ) -> None:
        super().__init__(*args, **more)
        everyone = ("", pgettext_lazy("audit", "Everyone"))
        everything = ("", pgettext_lazy("audit", "Everything"))
        self.fields["who"].choices = [everyone, *((str(pk), name) for pk, name in people)]  # type: ignore[attr-defined]
        self.fields["what"].choices = [everything, *groups]  # type: ignore[attr-defined]
