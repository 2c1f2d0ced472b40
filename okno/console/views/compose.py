"""Writing: replies, notes, drafts and first letters."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import ngettext, pgettext
from django.views.decorators.http import require_POST

from okno.access.policy import authorize
from okno.channels.contract import adapters
from okno.console import when
from okno.console.answers import DOOR, after, agent_of, panes, told
from okno.console.forms import FirstLetter
from okno.console.phrases import reason
from okno.console.thread import new_key
from okno.desk import actions, queries
from okno.desk.actions import Body, Stale
from okno.desk.contract import IncomingFile, Person
from okno.desk.files import Stored, TooLarge, keep
from okno.desk.models import Channel, Conversation, Status
from okno.kit import clock
from okno.spine import unit

LONGEST_KEY = 64
THEN = (Status.PENDING, Status.SOLVED, Status.OPEN)


def files_of(request: HttpRequest) -> list[Stored]:
    """What was chosen in the form, safely on disk; raises ValueError in the agent's language."""
    chosen = request.FILES.getlist("files")
    if not chosen:
        return []
    try:
        return keep(
            IncomingFile(file.name or "", file.content_type or "", file.read()) for file in chosen
        )
    except TooLarge:
        raise ValueError(pgettext("reason", "A file is larger than 25 MB.")) from None


def people(channel: Channel, text: str) -> list[Person]:
    """Addresses separated by commas, semicolons or lines; raises ValueError for a bad one."""
    adapter = adapters.get(channel.kind)
    parts = text.replace(";", ",").replace("\n", ",").split(",")
    return [Person(_canonical(adapter, part.strip())) for part in parts if part.strip()]


def _canonical(adapter: Any, address: str) -> str:
    try:
        return str(adapter.canonical(address))
    except ValueError:
        said = pgettext("reason", "%(address)s is not an address.")
        raise ValueError(said % {"address": address[:80]}) from None


@require_POST
def write(request: HttpRequest, number: int) -> HttpResponse:
    """A reply or a note. What cannot be sent comes back with the text and the reason."""
    agent = agent_of(request)
    found = queries.conversation(agent, number)
    is_note = request.POST.get("mode") == "note"
    authorize(agent, "conversation.note" if is_note else "conversation.reply", found)
    try:
        files = files_of(request)
        if is_note:
            _note(request, found, files)
        else:
            _reply(request, found, files)
    except Stale as stale:
        return _again(request, found, status=409, news=len(stale.news))
    except ValueError as error:
        return _again(request, found, status=422, problem=reason(error))
    return after(request, number)


def _key(request: HttpRequest) -> str:
    return request.POST.get("key", "")[:LONGEST_KEY] or new_key()


def _note(request: HttpRequest, found: Conversation, files: Sequence[Stored]) -> None:
    agent = agent_of(request)
    with unit(agent, DOOR):
        actions.note(agent, found, request.POST.get("text", ""), files=files, key=_key(request))


def _reply(request: HttpRequest, found: Conversation, files: Sequence[Stored]) -> None:
    agent, post = agent_of(request), request.POST
    copies = people(found.channel, post.get("cc", ""))
    seen = post.get("seen", "")
    then = post.get("then", "")
    with unit(agent, DOOR):
        actions.reply(
            agent,
            found,
            Body(post.get("text", "")),
            files=files,
            copies=copies,
            key=_key(request),
            seen=int(seen) if seen.isdigit() and "anyway" not in post else None,
            then=then if then in THEN else Status.PENDING,
        )


def _again(
    request: HttpRequest, found: Conversation, *, status: int, news: int = 0, problem: str = ""
) -> HttpResponse:
    """The same page with the text kept and what stands in the way."""
    stale = ngettext(
        "%(n)d new message came since you opened this conversation. Read it first.",
        "%(n)d new messages came since you opened this conversation. Read them first.",
        news,
    )
    return panes(
        request,
        found,
        status=status,
        text=request.POST.get("text", ""),
        is_note=request.POST.get("mode") == "note",
        cc=request.POST.get("cc", ""),
        key=_key(request),
        is_stale=status == 409,
        problem=problem or stale % {"n": news},
    )


@require_POST
def draft(request: HttpRequest, number: int) -> HttpResponse:
    """Keep what is typed; answers with the words beside the composer."""
    agent = agent_of(request)
    found = queries.conversation(agent, number)
    text = request.POST.get("text", "")
    with unit(agent, DOOR):
        actions.save_draft(agent, found, text, is_note=request.POST.get("mode") == "note")
    if not text.strip():
        return HttpResponse("")
    said = pgettext("draft", "Draft saved %(hour)s") % {"hour": when.hour(clock.now())}
    return HttpResponse(said, content_type="text/plain; charset=utf-8")


def write_first(request: HttpRequest) -> HttpResponse:
    """Begin a conversation with a client."""
    agent = agent_of(request)
    authorize(agent, "conversation.open")
    able = [c for c in queries.channels(agent) if c.abilities.can_start and c.is_active]
    first = {"to": request.GET.get("to", ""), "key": new_key()}
    form = FirstLetter(request.POST or None, initial=first, channels=able)
    if request.method == "POST" and form.is_valid():
        try:
            opened = _first(request, form.cleaned_data)
        except ValueError as error:
            form.add_error(None, reason(error))
        else:
            told(request, pgettext("toast", "Conversation #%(n)s is open") % {"n": opened.pk})
            return HttpResponseRedirect(f"/conversations/{opened.pk}/?view=open")
    context = {"form": form, "has_channels": bool(able)}
    return render(request, "console/write.html", context, status=422 if form.errors else 200)


def _first(request: HttpRequest, given: dict[str, Any]) -> Conversation:
    agent = agent_of(request)
    channel = queries.channel(agent, int(given["channel"]))
    to = people(channel, given["to"])
    if len(to) != 1:
        raise ValueError(pgettext("reason", "Write to one address; others go into copy."))
    copies, files = people(channel, given["cc"]), files_of(request)
    with unit(agent, DOOR):
        return actions.write_first(
            agent,
            channel,
            to[0],
            given["subject"],
            Body(given["text"]),
            files=files,
            copies=copies,
            key=given["key"] or None,
        )
