"""The pages of a form and of the requests made with it. They work without script and in a frame."""

import time
from collections.abc import Callable
from functools import wraps
from typing import Any

from django.conf import settings
from django.http import (
    FileResponse,
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    HttpResponseRedirect,
)
from django.shortcuts import render
from django.utils import translation
from django.utils.http import content_disposition_header
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST, require_safe

from okno.access.policy import NotVisible
from okno.channels.form import ids, queries
from okno.channels.origins import allowed
from okno.desk import actions, correspondence
from okno.desk.files import store
from okno.desk.models import Channel, Message
from okno.desk.queries import public_channel
from okno.kit import crypto
from okno.portal.form import sending, stamps
from okno.portal.form.forms import ReplyForm, RequestForm
from okno.portal.form.showing import request_context
from okno.portal.public import public
from okno.spine import unit

WAIT_SECONDS = 1.0
STEP_SECONDS = 0.05
View = Callable[..., HttpResponse]
Page = Callable[..., HttpResponseBase]


def _framed(response: HttpResponse, channel: Channel) -> HttpResponse:
    sites = " ".join(["'self'", *allowed(channel.settings)])
    response["Content-Security-Policy"] = (
        "default-src 'self'; img-src 'self' data:; object-src 'none'; base-uri 'none';"
        f" form-action 'self'; frame-ancestors {sites}"
    )
    response["Referrer-Policy"] = "no-referrer"
    return response


def _language(request: HttpRequest, channel: Channel) -> str:
    asked = request.GET.get("lang", "")
    return asked if asked in dict(settings.LANGUAGES) else channel.language


def of_channel(view: View) -> Page:
    """A page under a form's key: `view(request, channel, ...)`, in the channel's language."""

    @wraps(view)
    def enter(request: HttpRequest, key: str, **more: Any) -> HttpResponse:
        channel = public_channel(ids.KIND, key)
        with translation.override(_language(request, channel)):
            return _framed(view(request, channel, **more), channel)

    # No session stands behind these pages, so there is nothing for a foreign site to borrow.
    return csrf_exempt(public(enter))


def of_request(view: View) -> Page:
    """A page under a request's own address: `view(request, first, here, ...)`."""

    @wraps(view)
    def enter(request: HttpRequest, number: int, token: str, **more: Any) -> HttpResponse:
        message_id = ids.first_message(number, token)
        if message_id is None:
            raise NotVisible("request")
        first = correspondence.first_message(message_id)
        channel = first.conversation.channel
        with translation.override(_language(request, channel)):
            here = f"/request/{number}/{token}/"
            return _framed(view(request, first, here, **more), channel)

    return csrf_exempt(public(enter))


@of_channel
def show(request: HttpRequest, channel: Channel) -> HttpResponse:
    """The form; what is filled in well is stored before the answer."""
    form = RequestForm(request.POST or None, request.FILES or None)
    if request.method != "POST":
        return _form_page(request, channel, form, 200)
    given = sending.read(request, f"form:{channel.pk}")
    if not form.is_valid():
        return _form_page(request, channel, form, 422)
    filled = form.cleaned_data
    item = sending.first(channel, given, filled, translation.get_language() or "")
    if refusal := sending.refusal(request, channel, given, item):
        form.add_error(None, refusal.words)
        return _form_page(request, channel, form, refusal.status)
    inbound_id = sending.accept(channel, item)
    return _redirect_to(request, _soon(inbound_id) or _mark_url(channel, inbound_id))


def _form_page(
    request: HttpRequest, channel: Channel, form: RequestForm, status: int
) -> HttpResponse:
    context = {"channel": channel, "form": form, "stamp": stamps.new(f"form:{channel.pk}")}
    context["bits"] = stamps.BITS
    return render(request, "portal/form/form.html", context, status=status)


def _soon(inbound_id: int) -> str:
    """The request's own address; reading takes a moment, which is waited for if it is short."""
    end = time.monotonic() + WAIT_SECONDS
    while True:
        message = queries.message_of(inbound_id)
        if message is not None:
            return _url(message)
        if time.monotonic() > end:
            return ""
        time.sleep(STEP_SECONDS)


def _url(message: Message) -> str:
    number = message.conversation_id
    return f"/request/{number}/{ids.token(number, message.pk)}/"


def _mark_url(channel: Channel, inbound_id: int) -> str:
    signature = crypto.sign("sent", f"{channel.pk}:{inbound_id}")
    return f"/form/{channel.public_key}/sent/{inbound_id}-{signature}/"


def _redirect_to(request: HttpRequest, url: str) -> HttpResponse:
    language = request.GET.get("lang", "")
    ending = f"?lang={language}" if language in dict(settings.LANGUAGES) else ""
    response = HttpResponseRedirect(url + ending)
    response.status_code = 303
    return response


@of_channel
def sent(request: HttpRequest, channel: Channel, mark: str) -> HttpResponse:
    """Stored but not read yet: says so, and leads on as soon as there is a number."""
    number, _, signature = mark.partition("-")
    if not crypto.is_signed("sent", f"{channel.pk}:{number}", signature):
        raise NotVisible("request")
    message = queries.message_of(int(number))
    if message is not None:
        return _redirect_to(request, _url(message))
    response = render(request, "portal/form/sent.html", {"channel": channel})
    response["Refresh"] = "2"
    return response


@require_safe
@of_request
def request_page(request: HttpRequest, first: Message, here: str) -> HttpResponse:
    """What was said, where it stands, and what can be done."""
    return _request(request, first, here, ReplyForm(), 200)


def _request(
    request: HttpRequest, first: Message, here: str, form: ReplyForm, status: int
) -> HttpResponse:
    context = request_context(first) | {"here": here, "form": form, "bits": stamps.BITS}
    context["stamp"] = stamps.new(f"request:{first.pk}")
    return render(request, "portal/form/request.html", context, status=status)


@require_POST
@of_request
def reply(request: HttpRequest, first: Message, here: str) -> HttpResponse:
    """One more message."""
    form = ReplyForm(request.POST, request.FILES)
    given = sending.read(request, f"request:{first.pk}")
    if not form.is_valid():
        return _request(request, first, here, form, 422)
    item = sending.next_one(first, given, form.cleaned_data, translation.get_language() or "")
    channel = first.conversation.channel
    refusal = sending.refusal(request, channel, given, item, request_of=first)
    if refusal:
        form.add_error(None, refusal.words)
        return _request(request, first, here, form, refusal.status)
    _soon(sending.accept(channel, item))
    return _redirect_to(request, here)


@require_POST
@of_request
def change_status(request: HttpRequest, first: Message, here: str) -> HttpResponse:
    """Done, or not done after all."""
    client = first.conversation.requester
    verb = actions.settle if request.POST.get("is_done") == "1" else actions.reopen
    try:
        with unit(client, "portal"):
            verb(client, first.conversation)
    except ValueError:
        return _request(request, first, here, ReplyForm(), 409)
    return _redirect_to(request, here)


@require_safe
@of_request
def file(request: HttpRequest, first: Message, here: str, attachment_id: int) -> HttpResponse:
    """A file of this request, to save."""
    readable = correspondence.of_request(first, ids.root_of(first.external_id))
    found = correspondence.attachment(readable, attachment_id)
    try:
        content = store().open(found.storage)
    except FileNotFoundError:
        raise NotVisible("file") from None
    response = FileResponse(content, content_type="application/octet-stream")
    response["Content-Disposition"] = content_disposition_header(True, found.name) or "attachment"
    response["Content-Length"] = str(found.size)
    return response  # type: ignore[return-value]
