"""Administration: our own fields of conversations, and their values in the card."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from okno.access.policy import authorize
from okno.console.answers import DOOR, agent_of, told, verb
from okno.console.field_forms import FieldCard, NewField
from okno.console.phrases import reason
from okno.desk import actions, catalogue
from okno.desk.actions import fields as verbs
from okno.desk.models import Conversation, Field
from okno.spine import unit

HOME = "/settings/fields/"


def show(request: HttpRequest) -> HttpResponse:
    """Every field in order; POST adds one."""
    agent = agent_of(request)
    authorize(agent, "field.manage")
    form = NewField(request.POST or None)
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        try:
            with unit(agent, DOOR):
                verbs.create_field(
                    agent,
                    given["label"],
                    given["type"],
                    choices=given["choices"].splitlines(),
                    is_required=given["is_required"],
                )
        except ValueError as error:
            form.add_error(None, reason(error))
        else:
            told(request, pgettext("toast", "Field added"))
            return HttpResponseRedirect(HOME)
    context = {"fields": list(catalogue.fields(agent)), "form": form, "tab": "fields"}
    status = 422 if form.errors else 200
    return render(request, "console/settings/fields.html", context, status=status)


def edit(request: HttpRequest, field_id: int) -> HttpResponse:
    """Label, choices, and whether it must be filled."""
    agent = agent_of(request)
    found = catalogue.field(agent, field_id)
    initial = {
        "label": found.label,
        "choices": "\n".join(found.choices),
        "is_required": found.is_required,
    }
    form = FieldCard(request.POST or None, initial=initial)
    if found.type != Field.Type.CHOICE:
        del form.fields["choices"]
    if request.method == "POST" and form.is_valid():
        given = form.cleaned_data
        choices = given.get("choices", "").splitlines()
        try:
            with unit(agent, DOOR):
                verbs.change_field(
                    agent,
                    found,
                    given["label"],
                    choices=choices,
                    is_required=given["is_required"],
                )
        except ValueError as error:
            form.add_error(None, reason(error))
        else:
            told(request, pgettext("toast", "Saved"))
            return HttpResponseRedirect(HOME)
    context = {"field_row": found, "form": form, "tab": "fields"}
    status = 422 if form.errors else 200
    return render(request, "console/settings/field.html", context, status=status)


@require_POST
def move(request: HttpRequest, field_id: int) -> HttpResponse:
    """One place up or down."""
    agent = agent_of(request)
    found = catalogue.field(agent, field_id)
    with unit(agent, DOOR):
        verbs.move_field(agent, found, up=request.POST.get("way") == "up")
    return HttpResponseRedirect(HOME)


@require_POST
def delete(request: HttpRequest, field_id: int) -> HttpResponse:
    """A field goes from the card."""
    agent = agent_of(request)
    found = catalogue.field(agent, field_id)
    with unit(agent, DOOR):
        verbs.delete_field(agent, found)
    told(request, pgettext("toast", "Field deleted"))
    return HttpResponseRedirect(HOME)


@verb
def fill(request: HttpRequest, found: Conversation) -> str | None:
    """Give one field of a conversation a value; an empty one clears it."""
    agent = agent_of(request)
    key = request.POST.get("field", "")
    field = next((f for f in catalogue.fields(agent) if f.key == key), None)
    if field is None:
        raise ValueError("there is no such field")
    actions.change_fields(agent, found, {key: _value(field, request.POST.get("value", "").strip())})
    return None


def _value(field: Field, text: str) -> Any:
    if not text:
        return None
    if field.type == Field.Type.FLAG:
        return text == "yes"
    if field.type != Field.Type.NUMBER:
        return text
    try:
        number = float(text.replace(",", "."))
    except ValueError:
        raise ValueError(f"{field.label}: this is not a number") from None
    if number - number:
        raise ValueError(f"{field.label}: this is not a number")
    return int(number) if number.is_integer() else number
