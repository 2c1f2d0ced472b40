"""The form itself. It works without script and in a frame."""

import time

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation

from okno.access.policy import NotVisible
from okno.channels.form import ids, queries
from okno.desk.models import Channel, Message
from okno.kit import crypto
from okno.kit.numbers import identifier
from okno.kit.uploads import takes_files
from okno.portal.form import sending, stamps
from okno.portal.form.door import go_on, of_channel
from okno.portal.form.forms import RequestForm

WAIT_SECONDS = 1.0
STEP_SECONDS = 0.05


@takes_files
@of_channel
def show(request: HttpRequest, channel: Channel) -> HttpResponse:
    """The form; what is filled in well is stored before the answer."""
    form = RequestForm(request.POST or None, request.FILES or None)
    if request.method != "POST":
        return _page(request, channel, form, 200)
    given = sending.read(request, f"form:{channel.pk}")
    if not form.is_valid():
        return _page(request, channel, form, 422)
    item = sending.first(given, form.cleaned_data, translation.get_language() or "")
    if refusal := sending.refusal(request, channel, given, item):
        form.add_error(None, refusal.words)
        return _page(request, channel, form, refusal.status)
    inbound_id = sending.accept(channel, item)
    message = read_soon(inbound_id)
    return go_on(request, _url(message) if message else _mark_url(channel, inbound_id))


def _page(request: HttpRequest, channel: Channel, form: RequestForm, status: int) -> HttpResponse:
    context = {"channel": channel, "form": form, "stamp": stamps.new(f"form:{channel.pk}")}
    context["bits"] = stamps.BITS
    return render(request, "portal/form/form.html", context, status=status)


def read_soon(inbound_id: int) -> Message | None:
    """What an accepted item became; reading takes a moment, which is waited for if it is short."""
    end = time.monotonic() + WAIT_SECONDS
    while (message := queries.message_of(inbound_id)) is None and time.monotonic() < end:
        time.sleep(STEP_SECONDS)
    return message


def _url(message: Message) -> str:
    number = message.conversation_id
    return f"/request/{number}/{ids.token(number, message.pk)}/"


def _mark_url(channel: Channel, inbound_id: int) -> str:
    signature = crypto.sign("sent", f"{channel.pk}:{inbound_id}")
    return f"/form/{channel.public_key}/sent/{inbound_id}-{signature}/"


@of_channel
def sent(request: HttpRequest, channel: Channel, mark: str) -> HttpResponse:
    """Stored but not read yet: says so, and leads on as soon as there is a number."""
    number, _, signature = mark.partition("-")
    if not crypto.is_signed("sent", f"{channel.pk}:{number}", signature):
        raise NotVisible("request")
    message = queries.message_of(identifier(number) or 0)
    if message is not None:
        return go_on(request, _url(message))
    response = render(request, "portal/form/sent.html", {"channel": channel})
    response["Refresh"] = "2"
    return response
