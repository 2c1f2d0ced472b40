"""The form of a saved reply."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.conf import settings
from django.utils.translation import pgettext_lazy

from okno.access.models import Agent, Team
from okno.access.queries import team
from okno.desk.models import SavedReply
from okno.kit.numbers import identifier

OWN, ALL = "own", "all"


class SavedReplyForm(forms.Form):
    """A ready text: name, words, language and for whom."""

    name = forms.CharField(
        label=pgettext_lazy("saved reply", "Name"),
        max_length=120,
        help_text=pgettext_lazy("saved reply", "Colleagues find it by this after a slash."),
    )
    text = forms.CharField(
        label=pgettext_lazy("saved reply", "Text"),
        max_length=20_000,
        widget=forms.Textarea({"rows": 8, "class": "textarea", "data-autosize": ""}),
    )
    html = forms.CharField(
        required=False, max_length=200_000, widget=forms.HiddenInput({"data-rich": ""})
    )
    language = forms.ChoiceField(
        label=pgettext_lazy("saved reply", "Language"),
        required=False,
        choices=[("", pgettext_lazy("saved reply", "any")), *settings.LANGUAGES],
    )
    audience = forms.ChoiceField(label=pgettext_lazy("saved reply", "Who uses it"), initial=ALL)

    def __init__(self, *args: Any, teams: Iterable[Team], may_share: bool, **more: Any) -> None:
        super().__init__(*args, **more)
        # Only the editor fills it: without script the plain text alone is what is saved.
        stored = self.initial.pop("html", "")
        shown = self.data.get("html", "") if self.is_bound else stored
        self.fields["html"].widget.attrs["data-html"] = shown
        own = (OWN, pgettext_lazy("saved reply", "Only me"))
        shared: list[tuple[str, Any]] = [(ALL, pgettext_lazy("saved reply", "Everybody"))]
        shared += [(str(each.pk), each.name) for each in teams]
        self.fields["audience"].choices = [*(shared if may_share else []), own]  # type: ignore[attr-defined]


def initial_of(found: SavedReply | None) -> dict[str, Any]:
    """What the form begins with."""
    if found is None:
        return {}
    audience = OWN if found.owner_id else str(found.team_id or ALL)
    names = ("name", "text", "html", "language")
    return {"audience": audience, **{name: getattr(found, name) for name in names}}


def given_of(cleaned: dict[str, Any], agent: Agent) -> dict[str, Any]:
    """The form as the verbs take it; raises NotVisible for a team out of sight."""
    audience = cleaned.pop("audience")
    number = identifier(audience)
    chosen = team(agent, number) if number is not None else None
    return {**cleaned, "team": chosen, "is_own": audience == OWN}
