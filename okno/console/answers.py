"""How pages answer: whole for a browser, in parts for our script, with what there is to say."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.views.decorators.http import require_POST

from okno.access.models import Agent
from okno.access.policy import NotVisible
from okno.access.queries import is_teamless
from okno.console import composer, filters, phrases, searching, thread
from okno.console.middleware import is_script
from okno.contacts.models import Contact
from okno.desk import queries, seen
from okno.desk.buckets import LIVE
from okno.desk.chats import chats_now
from okno.desk.models import Conversation, Message
from okno.kit.numbers import identifier
from okno.spine import unit

DOOR = "console"


def agent_of(request: HttpRequest) -> Agent:
    """The agent of a guarded page."""
    agent: Agent = request.agent  # type: ignore[attr-defined]
    return agent


def is_partial(request: HttpRequest) -> bool:
    """Whether the answer goes into a pane of a page that is open already."""
    return is_script(request) and request.headers.get("HX-Request-Type") == "partial"


def list_stays(request: HttpRequest) -> bool:
    """Whether a conversation is opened from a list that our script keeps as it is."""
    return request.method == "GET" and request.headers.get("Okno-List") == "stays"


def told(request: HttpRequest, text: str, undo: str = "") -> None:
    """Say on the next page what was done; `undo` is the address that takes it back."""
    if undo and (keep := kept(request)):
        # The list that is shown now is the one to come back to.
        undo += "&" + keep[1:] if "?" in undo else keep
    messages.success(request, text, extra_tags=undo)


def kept(request: HttpRequest) -> str:
    """The end of an address that shows the same list and the same open conversation."""
    names = ("view", "q", "sort", "after", "open")
    keep = {name: value for name in names if (value := request.GET.get(name))}
    return f"?{urlencode(keep)}" if keep else ""


def refused(request: HttpRequest, error: Exception) -> None:
    """Say on the next page why something was not done."""
    messages.error(request, phrases.reason(error))


def listed(request: HttpRequest, number: int | None = None) -> dict[str, Any]:
    """The filter and the page of the list that the address asks for."""
    agent = agent_of(request)
    if searching.is_asked(request.GET):
        context = searching.listed(agent, request.GET)
        _mark(agent, context["rows"], number)
        return context | {"open_number": number}
    chosen = filters.chosen(agent, request.GET.get("view", ""))
    after = request.GET.get("after", "")
    try:
        page = queries.listing(agent, chosen.where(agent), after=after, sort=chosen.sort)
    except queries.BadKey as error:
        raise NotVisible("page") from error
    chats = chats_now(agent, chosen.chats(agent)) if chosen.chats is not None else []
    above = {row["number"] for row in chats}
    rows = [row for row in page.rows if row["number"] not in above]
    _mark(agent, [*chats, *rows], number)
    return {
        "filter": chosen,
        # They stand above the first page only, and nowhere twice.
        "chats": [] if after else [{**row, "is_here": True} for row in chats],
        "rows": rows,
        "is_teamless": not rows and not chats and is_teamless(agent),
        "after": after,
        "next": page.next,
        "open_number": number,
        "keep": urlencode({"view": chosen.key, **({"after": after} if after else {})}),
    }


def _mark(agent: Agent, rows: list[dict[str, Any]], number: int | None) -> None:
    """Put into flat rows what this agent has of them: a draft, and which one is open."""
    marks = seen.marks(agent, [row["number"] for row in rows])
    for row in rows:
        mark = marks.get(row["number"], seen.Mark())
        row["is_unread"] = bool(mark.unseen) and row["status"] in LIVE
        row["draft"] = mark.draft
        row["is_current"] = row["number"] == number


def panes(
    request: HttpRequest, found: Conversation | None, *, status: int = 200, **more: Any
) -> HttpResponse:
    """The three panes, or only what changes in them when our script asks."""
    agent = agent_of(request)
    stays = found is not None and is_partial(request) and list_stays(request)
    # Where the list stays, the address says which one it is.
    context: dict[str, Any] = (
        {"keep": request.GET.urlencode(), "list_stays": True}
        if stays
        else listed(request, found.pk if found else None)
    )
    if found is not None:
        context |= thread.opened(agent, found, identifier(request.GET.get("events")))
        context |= composer.context(agent, found, context["in_copy"])
    name = "console/panes.html" if is_partial(request) else "console/inbox.html"
    if is_partial(request) and status == 409:
        # Our script swaps in errors of forms by this one status.
        status = 422
    return render(request, name, context | more, status=status)


def after(request: HttpRequest, number: int) -> HttpResponse:
    """What follows a verb: the conversation as it is now, or the list when it went out of sight."""
    keep = {k: v for k in ("view", "q", "sort", "after") if (v := request.GET.get(k))}
    tail = f"?{urlencode(keep)}" if keep else ""
    if is_partial(request):
        try:
            return panes(request, queries.conversation(agent_of(request), number))
        except NotVisible:
            return HttpResponse(headers={"HX-Redirect": f"/{tail}"})
    return HttpResponseRedirect(f"/conversations/{number}/{tail}")


Act = Callable[..., tuple[str, str] | str | None]


def verb(act: Act) -> Callable[..., HttpResponse]:
    """A view that does one thing to a conversation, in a unit of its own.

    `act(request, conversation)` returns what to tell, with the address that undoes it where there
    is one; its ValueErrors are told too.
    """

    @require_POST
    @wraps(act)
    def view(request: HttpRequest, number: int, **more: Any) -> HttpResponse:
        agent = agent_of(request)
        found = queries.conversation(agent, number)
        try:
            with unit(agent, DOOR):
                said = act(request, found, **more)
        except ValueError as error:
            refused(request, error)
        else:
            if said:
                told(request, *((said,) if isinstance(said, str) else said))
        return after(request, number)

    return view


def of_conversation(thing: Message | Conversation) -> int:
    """The number to go back to."""
    return thing.pk if isinstance(thing, Conversation) else thing.conversation_id


def name_of(contact: Contact, address: str = "") -> str:
    """What to call a client."""
    return contact.name or address
