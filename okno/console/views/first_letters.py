"""Beginning a conversation by writing first."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import pgettext

from okno.access.models import Agent
from okno.access.policy import authorize
from okno.console import composer
from okno.console.answers import DOOR, agent_of, told
from okno.console.forms import FirstLetter
from okno.console.phrases import reason
from okno.console.thread import new_key
from okno.console.views.compose import files_of, people, tell
from okno.desk import actions, queries
from okno.desk.actions import Body
from okno.desk.actions.draft_files import stored
from okno.desk.models import Attachment, Conversation, Draft
from okno.kit.blobs import Stored
from okno.kit.numbers import identifier
from okno.kit.uploads import takes_files
from okno.spine import unit


@dataclass(frozen=True)
class Again:
    """A first letter that was taken back, in what is left of its conversation."""

    conversation: Conversation
    draft: Draft
    files: list[Attachment]


@takes_files
def write_first(request: HttpRequest) -> HttpResponse:
    """Begin a conversation with a client; `?again=` a number: with a letter taken back there."""
    agent = agent_of(request)
    authorize(agent, "conversation.open")
    able = [c for c in queries.channels(agent) if c.abilities.can_start and c.is_active]
    again = _again(agent, request.GET.get("again", ""))
    form = FirstLetter(request.POST or None, initial=_initial(request, again), channels=able)
    if request.method == "POST" and form.is_valid():
        try:
            opened = _first(request, form.cleaned_data, again)
        except ValueError as error:
            form.add_error(None, reason(error))
        else:
            _tell(request, opened)
            return HttpResponseRedirect(f"/conversations/{opened.pk}/?view=open")
    context = {"form": form, "has_channels": bool(able), "files": again.files if again else []}
    return render(request, "console/write.html", context, status=422 if form.errors else 200)


def _again(agent: Agent, number: str) -> Again | None:
    if not number:
        return None
    found = queries.conversation(agent, identifier(number) or 0)
    draft = queries.draft(agent, found)
    if draft is None:
        return None
    return Again(found, draft, list(draft.attachments.order_by("pk")))


def _initial(request: HttpRequest, again: Again | None) -> dict[str, Any]:
    if again is None:
        return {"to": request.GET.get("to", ""), "key": new_key()}
    return {
        "channel": str(again.conversation.channel_id),
        "to": again.draft.to,
        "cc": again.draft.cc or "",
        "subject": again.conversation.subject,
        "text": again.draft.text,
        "key": new_key(),
    }


def _first(request: HttpRequest, given: dict[str, Any], again: Again | None) -> Conversation:
    agent = agent_of(request)
    channel = queries.channel(agent, int(given["channel"]))
    to = people(channel, given["to"])
    if len(to) != 1:
        raise ValueError(pgettext("reason", "Write to one address; others go into copy."))
    copies, files = people(channel, given["cc"]), [*_kept(request, again), *files_of(request)]
    with unit(agent, DOOR):
        opened = actions.write_first(
            agent,
            channel,
            to[0],
            given["subject"],
            Body(given["text"]),
            files=files,
            copies=copies,
            key=given["key"] or None,
            undo_seconds=composer.undo_seconds(),
        )
        if again is not None:
            actions.drop_draft(agent, again.conversation)
    return opened


def _kept(request: HttpRequest, again: Again | None) -> list[Stored]:
    """Files of the letter taken back that stay with it."""
    chosen = request.POST.getlist("kept")
    return [stored(row) for row in (again.files if again else []) if str(row.pk) in chosen]


def _tell(request: HttpRequest, opened: Conversation) -> None:
    letter = next(iter(queries.messages(opened)), None)
    if not tell(request, letter):
        told(request, pgettext("toast", "Conversation #%(n)s is open") % {"n": opened.pk})
