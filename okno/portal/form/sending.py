"""From a filled form to an accepted item, and why one is refused."""

from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest
from django.utils.translation import pgettext

from okno.access.limits import allow, network_of
from okno.channels import envelope, intake
from okno.channels.contract import Raw
from okno.channels.form import ids, queries
from okno.desk.models import Channel, Message, Status
from okno.portal.form import stamps
from okno.portal.form.stamps import Stamp

# (times, within seconds) for one network; who did the work, and who did not.
WORKED = ((20, 600), (100, 86_400))
UNWORKED = ((3, 600), (10, 86_400))
# For the whole form: a flood from many networks must at least pay with work.
UNWORKED_IN_ALL = ((60, 3600),)
# A field that people do not see and programs fill in.
TRAP = "company_site"


@dataclass(frozen=True)
class Given:
    """What came with the form beside its fields."""

    stamp: Stamp | None
    is_worked: bool
    is_trapped: bool


@dataclass(frozen=True)
class Item:
    """Ready to be accepted."""

    raw: Raw
    external_id: str


@dataclass(frozen=True)
class Refusal:
    """Not now: a status and what the person may do."""

    status: int
    words: str


def read(request: HttpRequest, place: str) -> Given:
    """Stamp, work and trap of a form that came back."""
    text = request.POST.get("stamp", "")
    return Given(
        stamps.read(place, text),
        stamps.is_worked(text, request.POST.get("work", "")),
        bool(request.POST.get(TRAP, "")),
    )


def first(given: Given, filled: dict[str, Any], language: str) -> Item:
    """A new request; canonical, so that the same form sent twice is one."""
    head = {
        "address": filled["email"],
        "name": filled["name"],
        "subject": filled["subject"],
        "text": filled["text"],
    }
    body = envelope.pack(head, filled["files"])
    external = ids.root(given.stamp.client_id if given.stamp else "", body)
    return Item(Raw(body, {"external_id": external, "language": language}), external)


def next_one(first: Message, given: Given, filled: dict[str, Any], language: str) -> Item:
    """A later message of a request; it goes where its first one is by now."""
    me = first.identity
    assert me is not None
    head = {"address": me.address, "name": "", "subject": "", "text": filled["text"]}
    body = envelope.pack(head, filled["files"])
    client_id = given.stamp.client_id if given.stamp else ""
    external = ids.reply(ids.root_of(first.external_id), client_id, body)
    meta = {"external_id": external, "language": language, "number": first.conversation_id}
    return Item(Raw(body, meta), external)


def refusal(
    request: HttpRequest,
    channel: Channel,
    given: Given,
    item: Item,
    request_of: Message | None = None,
) -> Refusal | None:
    """Why not; None for what may be accepted, and for what was accepted before."""
    if given.stamp is None or given.stamp.is_stale:
        words = pgettext(
            "request", "This page is old. Your words are kept: please send them again."
        )
        return Refusal(422, words)
    if given.is_trapped or (not given.is_worked and given.stamp.age < stamps.SHORTEST_SECONDS):
        return Refusal(422, pgettext("request", "That was very quick. Please send it once more."))
    if request_of is not None and request_of.conversation.status == Status.CLOSED:
        return Refusal(409, pgettext("request", "This request is closed for good."))
    if queries.inbound_id(channel.pk, item.external_id) is not None:
        return None
    network = network_of(request)
    if given.is_worked:
        kept = allow("form", network, WORKED)
    else:
        kept = allow("form-plain", network, UNWORKED)
        kept = allow("form-plain-all", str(channel.pk), UNWORKED_IN_ALL) and kept
    if kept:
        return None
    return Refusal(
        429, pgettext("request", "Too many requests came from your network. Try again in a while.")
    )


def accept(channel: Channel, item: Item) -> int:
    """Commit it; returns the inbound id, the same for the same form sent again."""
    new = intake.accept(channel.pk, item.raw, item.external_id, is_live=True, via="channel:form")
    found = new if new is not None else queries.inbound_id(channel.pk, item.external_id)
    assert found is not None
    return found
