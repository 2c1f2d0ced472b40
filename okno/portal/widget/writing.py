"""A message of a visitor: checked, then committed as it came, before they are answered."""

import re
from typing import Any

from django.http import HttpRequest, JsonResponse

from okno.channels import envelope
from okno.channels.contract import Raw
from okno.channels.intake import Arrival
from okno.channels.widget import addresses
from okno.desk.contract import Level
from okno.kit.filetypes import display_name
from okno.portal.widget import arrivals
from okno.portal.widget.door import Guest, Refusal, Steps, json_of, limit, text_in
from okno.portal.widget.places import LONGEST_TITLE, browser_words, page_of, path_of, zone_of

MOST_FILES = 5
LARGEST_FILES = 10 * 1024 * 1024
LARGEST_TEXT = 10_000
# (times, within seconds): for one visitor, and for everyone behind one address.
WRITE = (((20, 60), (200, 3600)), ((300, 60), (3000, 3600)))
_CLIENT_ID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")


def write(request: HttpRequest, guest: Guest) -> Steps:
    """Accepted means committed: the answer is the same however often one message is sent."""
    limit(request, "chat-write", guest.visitor.address, *WRITE)
    given, files = _given(request)
    client_id, text = given.get("id"), text_in(given, "text", LARGEST_TEXT)
    if not isinstance(client_id, str) or not _CLIENT_ID.fullmatch(client_id):
        raise Refusal(400, "id")
    if not text.strip() and not files:
        raise Refusal(400, "empty")
    address = guest.visitor.address
    body = envelope.pack({"id": client_id, "text": text, "who": address}, files)
    raw = Raw(body, _meta(request, guest, given))
    name = addresses.external_id(address, client_id)
    is_new = yield Arrival(guest.channel.pk, raw, name, is_live=True)
    if not is_new:
        raise Refusal(409, "id_used")
    if guest.identity is None:
        arrivals.expect(address)
    return JsonResponse({"id": client_id, "state": "accepted"})


def _given(request: HttpRequest) -> tuple[dict[str, Any], list[envelope.Enclosed]]:
    """What was written, as JSON or, with files, as a form (RFC 7578)."""
    if request.content_type != "multipart/form-data":
        return json_of(request), []
    given = {name: str(value) for name, value in request.POST.items()}
    uploads = request.FILES.getlist("files")
    if len(uploads) > MOST_FILES or sum(file.size or 0 for file in uploads) > LARGEST_FILES:
        raise Refusal(413, "large")
    return given, [envelope.Enclosed(display_name(str(file.name)), file.read()) for file in uploads]


def _meta(request: HttpRequest, guest: Guest, given: dict[str, Any]) -> dict[str, Any]:
    """What only the door knows of a message: who sends it, and from where on the site."""
    visitor = guest.visitor
    name, email = visitor.name, visitor.email
    level = visitor.level
    if not visitor.until:
        name, email = text_in(given, "name", 160), text_in(given, "email", 320)
        level = Level.CLAIMED if email else Level.ANONYMOUS
    visit: dict[str, Any] = {
        "page": page_of(given.get("page")),
        "title": text_in(given, "title", LONGEST_TITLE),
        "email": email,
        "path": path_of(given.get("path")),
        "referrer": page_of(given.get("referrer")),
        "zone": zone_of(given.get("zone")),
        "browser": browser_words(request),
    }
    return {
        "address": visitor.address,
        "level": level,
        "name": " ".join(name.split()),
        "language": text_in(given, "language", 8),
        "visit": {name: value for name, value in visit.items() if value},
    }
