"""Drafts while they are typed, their files, and letters that are taken back."""

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import pgettext
from django.views.decorators.http import require_POST

from okno.console import composer, when
from okno.console.answers import DOOR, agent_of, is_partial, panes, refused, told
from okno.console.phrases import reason
from okno.console.views.compose import files_of
from okno.desk import actions, composing, queries
from okno.desk.actions.drafts import Named
from okno.desk.quoting import quote_of
from okno.kit import clock
from okno.kit.filetypes import is_previewable
from okno.kit.uploads import takes_files
from okno.spine import unit


@require_POST
def draft(request: HttpRequest, number: int) -> HttpResponse:
    """Keep what is typed; answers with the words beside the composer."""
    agent = agent_of(request)
    found = queries.conversation(agent, number)
    given = composer.typed(request)
    key = request.POST.get("key", "")[: composer.LONGEST_KEY]
    with unit(agent, DOOR):
        kept = actions.save_draft(
            agent,
            found,
            given.text,
            html=given.html,
            is_note=given.is_note,
            is_forward=given.is_forward,
            named=Named(given.to, given.cc, given.bcc),
            key=key,
            version=given.version,
            before=given.before,
            seen=given.seen,
        )
    if kept is not None and any(one["key"] == key for one in kept.kept if key):
        context = {"conversation": found, "other": kept.text, "kept": ""}
        return render(request, "console/_draft_bar.html", context, status=409)
    said = ""
    if given.text.strip():
        said = pgettext("draft", "Draft saved %(hour)s") % {"hour": when.hour(clock.now())}
    answer = HttpResponse(said, content_type="text/plain; charset=utf-8")
    answer["Okno-Draft-Version"] = kept.version if kept is not None else ""
    return answer


@require_POST
def choose(request: HttpRequest, number: int) -> HttpResponse:
    """Go on with the words of this tab, of another, or with those laid aside."""
    agent = agent_of(request)
    found = queries.conversation(agent, number)
    given = composer.typed(request)
    words, choice = composer.words_of(given), request.POST.get("choice", "")
    try:
        with unit(agent, DOOR):
            actions.choose_draft(agent, found, words, choice, key=given.key)
    except ValueError as error:
        refused(request, error)
    return _opened(request, number)


@takes_files
@require_POST
def add_files(request: HttpRequest, number: int) -> HttpResponse:
    """Lay files with the draft at once, so that a reload loses none of them."""
    agent = agent_of(request)
    found = queries.conversation(agent, number)
    key = request.POST.get("key", "")[: composer.LONGEST_KEY]
    wants_inline = "inline" in request.POST
    try:
        kept = files_of(request)
        with unit(agent, DOOR):
            for file in kept:
                is_inline = wants_inline and is_previewable(file.content_type)
                actions.add_draft_file(agent, found, file, is_inline=is_inline, key=key)
    except ValueError as error:
        return HttpResponse(reason(error), status=422, content_type="text/plain; charset=utf-8")
    return _files(request, number)


@require_POST
def remove_file(request: HttpRequest, number: int, attachment_id: int) -> HttpResponse:
    """Take a file out of the draft."""
    agent = agent_of(request)
    found = queries.conversation(agent, number)
    with unit(agent, DOOR):
        actions.remove_draft_file(agent, found, attachment_id)
    return _files(request, number)


def _files(request: HttpRequest, number: int) -> HttpResponse:
    agent = agent_of(request)
    found = queries.conversation(agent, number)
    rows = composer.files_of(queries.draft(agent, found))
    return render(
        request, "console/_draft_files.html", {"draft_files": rows, "conversation": found}
    )


@require_POST
def unsend(request: HttpRequest, message_id: int) -> HttpResponse:
    """Take a letter back into the composer before it leaves."""
    agent = agent_of(request)
    message = queries.message(agent, message_id)
    found = queries.conversation(agent, message.conversation_id)
    try:
        with unit(agent, DOOR):
            actions.unsend(agent, message)
    except ValueError as error:
        refused(request, error)
    else:
        told(request, pgettext("toast", "Taken back: it is a draft again"))
    if not composing.thread(agent, found):
        return _begun_again(request, found.pk)
    return _opened(request, found.pk)


def _begun_again(request: HttpRequest, number: int) -> HttpResponse:
    """The page of first letters with what was taken back: nothing is left of its conversation."""
    address = f"/write/?again={number}"
    if is_partial(request):
        return HttpResponse(headers={"HX-Redirect": address})
    return HttpResponseRedirect(address)


@require_POST
def forward(request: HttpRequest, number: int, message_id: int) -> HttpResponse:
    """Make the draft a letter to somebody outside that quotes one message."""
    agent = agent_of(request)
    found = queries.conversation(agent, number)
    message = queries.message(agent, message_id)
    is_here = message.conversation_id == found.pk
    quote = quote_of(message, when.full(message.created_at)) if is_here else ""
    to = message.aside.identity.address if message.aside else ""
    with unit(agent, DOOR):
        actions.begin_forward(agent, found, message, quote, to=to)
    return _opened(request, number)


def _opened(request: HttpRequest, number: int) -> HttpResponse:
    """The conversation with its composer as it is now, in place of whatever is open."""
    response = panes(request, queries.conversation(agent_of(request), number))
    response["HX-Push-Url"] = f"/conversations/{number}/"
    return response
