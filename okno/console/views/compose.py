"""Writing into a conversation: replies, notes, letters to somebody outside."""

from collections.abc import Sequence
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from okno.access.policy import authorize
from okno.channels.contract import adapters
from okno.console import composer
from okno.console.answers import DOOR, after, agent_of, is_partial, listed, panes, told
from okno.console.composer import Typed
from okno.console.phrases import reason
from okno.desk import actions, composing, queries
from okno.desk.actions import Body, Copies, Stale
from okno.desk.actions.draft_files import files_of as files_of_draft
from okno.desk.contract import Person
from okno.desk.models import Channel, Conversation, Message
from okno.kit.blobs import File, Stored, TooLarge, keep
from okno.kit.uploads import takes_files
from okno.spine import unit


def files_of(request: HttpRequest) -> list[Stored]:
    """What was chosen in the form, safely on disk; raises ValueError in the agent's language."""
    chosen = request.FILES.getlist("files")
    if not chosen:
        return []
    try:
        return keep(File(file.name or "", file.content_type or "", file.read()) for file in chosen)
    except TooLarge:
        raise ValueError(pgettext("reason", "A file is larger than 25 MB.")) from None


def _laid(request: HttpRequest, files: list[Stored]) -> list[Stored]:
    """Those of the draft's files that the form shows: another tab may have laid more."""
    if "laid_known" not in request.POST:
        return files
    shown = set(request.POST.getlist("laid"))
    return [file for file in files if file.sha256 in shown]


def people(channel: Channel, text: str) -> list[Person]:
    """Addresses separated by commas, semicolons or lines; raises ValueError for a bad one."""
    adapter = adapters.get(channel.kind)
    parts = text.replace(";", ",").replace("\n", ",").split(",")
    found = [_canonical(adapter, part.strip()) for part in parts if part.strip()]
    return [Person(address) for address in dict.fromkeys(found)]


def _canonical(adapter: Any, address: str) -> str:
    try:
        return str(adapter.canonical(address))
    except ValueError:
        said = pgettext("reason", "%(address)s is not an address.")
        raise ValueError(said % {"address": address[:80]}) from None


@takes_files
@require_POST
def write(request: HttpRequest, number: int) -> HttpResponse:
    """A reply, a note or a letter aside. What cannot be sent comes back with the reason."""
    agent = agent_of(request)
    found = queries.conversation(agent, number)
    given = composer.typed(request)
    authorize(agent, "conversation.note" if given.is_note else "conversation.reply", found)
    following = _next(request, found) if given.goes_on else None
    try:
        if given.is_note and "sure" not in request.POST and composer.greets_client(given.text):
            said = str(composer.LOOKS_LIKE_REPLY)
            return _again(request, found, given, problem=said, is_doubtful=True)
        written = _enter(request, found, given)
    except Stale:
        return _again(request, found, given, status=409)
    except actions.DraftGone:
        said = pgettext("reason", "This draft was sent or emptied in another tab.")
        return _again(request, found, given, problem=said, is_gone=True)
    except ValueError as error:
        return _again(request, found, given, problem=reason(error))
    tell(request, written)
    return _go(request, following) if given.goes_on else after(request, number)


def _enter(request: HttpRequest, found: Conversation, given: Typed) -> Message | None:
    """Do what the form asks; returns the message, None for a note."""
    agent = agent_of(request)
    kept = _laid(request, files_of_draft(queries.draft(agent, found), given.html))
    files = [*kept, *files_of(request)]
    if given.is_note:
        with unit(agent, DOOR):
            _claim(request, found, given)
            actions.note(agent, found, given.text, files=files, key=given.key)
        return None
    if given.is_forward:
        return _forward(request, found, given, files)
    return _reply(request, found, given, files)


def _claim(request: HttpRequest, found: Conversation, given: Typed) -> None:
    """The draft goes with what is sent, when it is this composer's."""
    version = None if "afresh" in request.POST else given.version
    actions.claim_draft(agent_of(request), found, given.key, version, given.before)


def _reply(
    request: HttpRequest, found: Conversation, given: Typed, files: Sequence[Stored]
) -> Message:
    agent = agent_of(request)
    copies = Copies()
    if given.cc is not None:
        named = people(found.channel, given.cc), people(found.channel, given.bcc)
        copies = Copies(*named, to_all=False)
    with unit(agent, DOOR):
        _claim(request, found, given)
        return actions.reply(
            agent,
            found,
            Body(given.text, given.html),
            files=files,
            copies=copies,
            key=given.key,
            seen=None if "anyway" in request.POST else given.seen,
            then=given.then,
            undo_seconds=composer.undo_seconds(),
        )


def _forward(
    request: HttpRequest, found: Conversation, given: Typed, files: Sequence[Stored]
) -> Message:
    agent = agent_of(request)
    channel = composing.forwarding_channel(agent, found)
    if channel is None:
        raise ValueError(pgettext("reason", "No channel can send a letter to somebody outside."))
    to = people(channel, given.to)
    if len(to) != 1:
        raise ValueError(pgettext("reason", "Forward to one address."))
    with unit(agent, DOOR):
        _claim(request, found, given)
        return actions.forward(
            agent,
            found,
            channel,
            to[0],
            Body(given.text, given.html),
            files=files,
            key=given.key,
            undo_seconds=composer.undo_seconds(),
        )


def tell(request: HttpRequest, written: Message | None) -> bool:
    """What waits can be taken back from the toast; whether it waits."""
    if written is None or not hasattr(written, "hold"):
        return False
    seconds = round(composer.undo_seconds())
    said = pgettext("toast", "Leaves in %(n)s s") % {"n": seconds}
    told(request, said, undo=f"/messages/{written.pk}/unsend")
    return True


def _next(request: HttpRequest, found: Conversation) -> int | None:
    """The conversation that follows in the list this one was opened from."""
    shown = listed(request, found.pk)
    numbers = [row["number"] for row in (*shown.get("chats", ()), *shown["rows"])]
    if found.pk not in numbers:
        return next((n for n in numbers), None)
    at = numbers.index(found.pk)
    others = numbers[at + 1 :] + numbers[:at]
    return others[0] if others else None


def _go(request: HttpRequest, number: int | None) -> HttpResponse:
    """Open the next conversation, or the list when nothing follows."""
    tail = f"?{request.GET.urlencode()}" if request.GET else ""
    address = f"/conversations/{number}/{tail}" if number else f"/{tail}"
    if not is_partial(request):
        return HttpResponseRedirect(address)
    if number is None:
        return HttpResponse(headers={"HX-Redirect": address})
    response = panes(request, queries.conversation(agent_of(request), number))
    response["HX-Push-Url"] = address
    return response


def _again(
    request: HttpRequest,
    found: Conversation,
    given: Typed,
    *,
    status: int = 422,
    problem: str = "",
    is_doubtful: bool = False,
    is_gone: bool = False,
) -> HttpResponse:
    """The same page with the text kept and what stands in the way."""
    news = composer.news(agent_of(request), found, given.seen) if given.seen is not None else {}
    # Stopped once: what is shown now is known.
    known = {"seen": None} if status == 409 else {"seen": given.seen}
    version = {} if given.version is None else {"version": given.version}
    return panes(
        request,
        found,
        status=status,
        **{**composer.fields(given), **news, **known, **version},
        key=given.key,
        is_stale=status == 409,
        is_doubtful=is_doubtful,
        is_gone=is_gone,
        problem=problem,
    )
