"""The page of a request: what was said, where it stands, and what its writer can do."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.http import require_POST, require_safe

from okno.access.policy import Forbidden, NotVisible
from okno.channels.form import ids
from okno.desk import actions, correspondence
from okno.desk.models import Attachment
from okno.desk.requests import is_open
from okno.kit.blobs import opened
from okno.kit.downloads import to_save, to_show
from okno.kit.previews import preview_of
from okno.kit.uploads import takes_files
from okno.portal.form import sending, stamps
from okno.portal.form.door import Asked, go_on, of_request
from okno.portal.form.forms import ReplyForm
from okno.portal.form.pages import read_soon
from okno.portal.form.showing import request_context
from okno.spine import unit


@require_safe
@of_request
def show(request: HttpRequest, asked: Asked) -> HttpResponse:
    """Messages, files and the stage bar."""
    return _page(request, asked, ReplyForm(), 200)


def _page(request: HttpRequest, asked: Asked, form: ReplyForm, status: int) -> HttpResponse:
    context = request_context(asked) | {"form": form, "bits": stamps.BITS}
    context |= {"channel": asked.channel, "here": asked.url}
    context["stamp"] = stamps.new(f"request:{asked.first.pk}")
    return render(request, "portal/form/request.html", context, status=status)


@takes_files
@require_POST
@of_request
def reply(request: HttpRequest, asked: Asked) -> HttpResponse:
    """One more message."""
    if not is_open(asked.first):
        return _page(request, asked, ReplyForm(), 409)
    form = ReplyForm(request.POST, request.FILES)
    given = sending.read(request, f"request:{asked.first.pk}")
    if not form.is_valid():
        return _page(request, asked, form, 422)
    language = translation.get_language() or ""
    item = sending.next_one(asked.first, given, form.cleaned_data, language)
    refusal = sending.refusal(request, asked.channel, given, item, request_of=asked.first)
    if refusal:
        form.add_error(None, refusal.words)
        return _page(request, asked, form, refusal.status)
    read_soon(sending.accept(asked.channel, item))
    return go_on(request, asked.url)


@require_POST
@of_request
def change_status(request: HttpRequest, asked: Asked) -> HttpResponse:
    """Done, or not done after all."""
    if not is_open(asked.first):
        return _page(request, asked, ReplyForm(), 409)
    conversation, me = asked.first.conversation, asked.first.identity
    assert me is not None
    # Not its requester: a merge may have brought the request into somebody else's conversation.
    client = me.contact
    verb = actions.settle if request.POST.get("is_done") == "1" else actions.reopen
    try:
        with unit(client, "portal"):
            verb(client, conversation)
    except (ValueError, Forbidden):
        return _page(request, asked, ReplyForm(), 409)
    return go_on(request, asked.url)


@require_POST
@of_request
def confirm(request: HttpRequest, asked: Asked) -> HttpResponse:
    """Who came by the letter says that the request is theirs. A press, not the visit: programs
    that look into letters follow links too."""
    me = asked.first.identity
    if not asked.is_by_letter or me is None:
        raise NotVisible("request")
    with unit(me.contact, "portal"):
        actions.confirm_address(me.contact, asked.first)
    return go_on(request, asked.url)


@require_safe
@of_request
def file(request: HttpRequest, asked: Asked, attachment_id: int) -> HttpResponse:
    """A file of this request, to save."""
    found = _attachment(asked, attachment_id)
    return to_save(opened(found.storage), found.name)


@require_safe
@of_request
def preview(request: HttpRequest, asked: Asked, attachment_id: int) -> HttpResponse:
    """A picture of this request, drawn anew by us."""
    return to_show(request, preview_of(_attachment(asked, attachment_id)))


def _attachment(asked: Asked, attachment_id: int) -> Attachment:
    readable = correspondence.of_request(asked.first, ids.root_of(asked.first.external_id))
    return correspondence.attachment(readable, attachment_id)
