"""Settings: saved replies."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST, require_safe

from okno.access import queries as people
from okno.access.policy import authorize, can
from okno.console.answers import DOOR, agent_of, told
from okno.console.phrases import reason
from okno.console.saved_reply_form import SavedReplyForm, given_of, initial_of
from okno.desk import actions, composing, placeholders
from okno.desk.models import SavedReply
from okno.kit.html import outgoing_html, text_to_html
from okno.spine import unit

HOME = "/settings/saved-replies/"
MOST_SHOWN = 200


@require_safe
def listed(request: HttpRequest) -> HttpResponse:
    """Every ready text one may use, with a search."""
    agent = agent_of(request)
    text = request.GET.get("q", "").strip()[:80]
    rows = list(composing.saved_replies(agent, text)[: MOST_SHOWN + 1])
    context = {
        "rows": [(row, bool(can(agent, "saved_reply.manage", row))) for row in rows[:MOST_SHOWN]],
        "is_cut": len(rows) > MOST_SHOWN,
        "q": text,
        "tab": "saved-replies",
    }
    return render(request, "console/settings/saved_replies.html", context)


def add(request: HttpRequest) -> HttpResponse:
    """A new ready text."""
    return _form(request, None)


def edit(request: HttpRequest, saved_id: int) -> HttpResponse:
    """Change a ready text."""
    agent = agent_of(request)
    found = composing.saved_reply(agent, saved_id)
    authorize(agent, "saved_reply.manage", found)
    return _form(request, found)


def _form(request: HttpRequest, found: SavedReply | None) -> HttpResponse:
    agent = agent_of(request)
    form = SavedReplyForm(
        request.POST or None,
        initial=initial_of(found),
        teams=people.teams(agent),
        may_share=agent.sees_all,
    )
    if request.method == "POST" and form.is_valid():
        try:
            _save(request, found, given_of(form.cleaned_data, agent))
        except ValueError as error:
            form.add_error("text", _said(error))
        else:
            told(request, pgettext("toast", "Saved"))
            return HttpResponseRedirect(HOME)
    context = {
        "form": form,
        "saved": found,
        "known": list(placeholders.known),
        "tab": "saved-replies",
    }
    status = 422 if form.errors else 200
    return render(request, "console/settings/saved_reply.html", context, status=status)


def _said(error: ValueError) -> str:
    """Why a text is refused; an unknown placeholder with the known ones."""
    if not isinstance(error, placeholders.UnknownPlaceholder):
        return reason(error)
    words = pgettext("reason", "There is no %(unknown)s. Use one of these: %(known)s")
    listed = [", ".join("{{" + n + "}}" for n in names) for names in (error.names, error.known)]
    return words % dict(zip(("unknown", "known"), listed, strict=True))


def _save(request: HttpRequest, found: SavedReply | None, given: dict[str, Any]) -> None:
    agent = agent_of(request)
    with unit(agent, DOOR):
        if found is None:
            actions.create_saved_reply(agent, **given)
        else:
            actions.change_saved_reply(agent, found, **given)


@require_POST
def preview(request: HttpRequest) -> HttpResponse:
    """A ready text as a client would read it, with made-up values."""
    html, text = request.POST.get("html", ""), request.POST.get("text", "")
    shown = outgoing_html(html) if html.strip() else text_to_html(text)
    problem = ""
    try:
        placeholders.check(shown)
    except ValueError as error:
        problem = _said(error)
    filled = placeholders.fill(shown, placeholders.examples(), is_html=True)
    context = {"filled": filled, "problem": problem}
    return render(request, "console/settings/_saved_preview.html", context)


@require_POST
def remove(request: HttpRequest, saved_id: int) -> HttpResponse:
    """Put a ready text away, with a way back."""
    agent = agent_of(request)
    found = composing.saved_reply(agent, saved_id)
    with unit(agent, DOOR):
        actions.remove_saved_reply(agent, found)
    said = pgettext("toast", "Deleted: %(name)s") % {"name": found.name}
    told(request, said, undo=f"{HOME}{found.pk}/restore")
    return HttpResponseRedirect(HOME)


@require_POST
def restore(request: HttpRequest, saved_id: int) -> HttpResponse:
    """Bring a ready text back."""
    agent = agent_of(request)
    found = composing.saved_reply(agent, saved_id, is_removed=True)
    with unit(agent, DOOR):
        actions.restore_saved_reply(agent, found)
    told(request, pgettext("toast", "It is back"))
    return HttpResponseRedirect(HOME)
