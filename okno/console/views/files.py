"""Files, original letters and their HTML: what others made, kept away from our pages."""

import re
from base64 import b64encode
from collections.abc import Callable
from functools import partial

from django.http import HttpRequest, HttpResponse
from django.utils.http import content_disposition_header
from django.views.decorators.clickjacking import xframe_options_sameorigin
from django.views.decorators.http import require_safe

from okno.access.policy import NotVisible
from okno.channels import queries as inbound
from okno.channels.intake import raw_body
from okno.channels.models import Inbound
from okno.console import pictures
from okno.console.answers import agent_of
from okno.desk import queries
from okno.desk.models import Message
from okno.kit.blobs import opened
from okno.kit.downloads import NOTHING, to_save, to_show
from okno.kit.filetypes import is_previewable
from okno.kit.html import safe_html
from okno.kit.previews import preview_of

LARGEST_INLINE = 2 * 1024 * 1024
LARGEST_HEADERS = 64 * 1024
# The sandbox gives a foreign origin: no scripts, no forms, no cookies; links open a tab of their
# own. Pictures only from the letter itself, or, once the agent asked, through our own proxy: remote
# ones would tell the sender who reads when.
LETTER = (
    "sandbox allow-popups allow-popups-to-escape-sandbox; default-src 'none'; img-src data: {};"
    " style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'; frame-ancestors 'self'"
)
_PAGE = (
    '<!DOCTYPE html><meta charset="utf-8"><meta name="referrer" content="no-referrer">'
    '<meta name="color-scheme" content="light only"><base target="_blank">'
    "<style>html{{background:#fff;color:#1d2330;font:14px/1.5 system-ui,sans-serif;"
    "overflow-wrap:anywhere}}body{{margin:12px}}img{{max-width:100%;height:auto}}"
    "img:not([src]){{visibility:hidden}}</style>{}"
)


@require_safe
def attachment(request: HttpRequest, attachment_id: int) -> HttpResponse:
    """A file to save; the browser is never asked to show it."""
    found = queries.attachment(agent_of(request), attachment_id)
    return to_save(opened(found.storage), found.name)


@require_safe
def preview(request: HttpRequest, attachment_id: int) -> HttpResponse:
    """A picture of a safe kind, drawn anew by us, to be shown as one."""
    return to_show(request, preview_of(queries.attachment(agent_of(request), attachment_id)))


@require_safe
@xframe_options_sameorigin
def html(request: HttpRequest, message_id: int) -> HttpResponse:
    """A letter as it was designed, for a frame: nothing in it can run or reach out.

    `?pictures=on`: with the pictures of other sites, which our server fetches.
    """
    agent = agent_of(request)
    found = queries.message(agent, message_id)
    if not found.html:
        raise NotVisible("html")
    remote = partial(pictures.address, found.pk, agent.pk) if "pictures" in request.GET else None
    shown = safe_html(found.html, cid=own_pictures(found), remote=remote)
    response = HttpResponse(_PAGE.format(shown))
    source = request.build_absolute_uri(pictures.PATH) if remote else ""
    response["Content-Security-Policy"] = LETTER.format(source)
    response["Cross-Origin-Resource-Policy"] = "same-origin"
    return response


def own_pictures(message: Message) -> Callable[[str], str]:
    """Gives the data of a letter's own picture for its Content-ID (RFC 2392), "" when it is too
    large or absent; all together at most LARGEST_INLINE."""
    own = {a.content_id.strip("<>"): a for a in message.attachments.all() if a.content_id}
    left = LARGEST_INLINE

    def put_in(content_id: str) -> str:
        nonlocal left
        found = own.get(content_id)
        if found is None or found.size > left or not is_previewable(found.content_type):
            return ""
        left -= found.size
        with opened(found.storage) as file:
            data = b64encode(file.read()).decode()
        return f"data:{found.content_type};base64,{data}"

    return put_in


@require_safe
def source(request: HttpRequest, message_id: int) -> HttpResponse:
    """The original letter, byte for byte, to save."""
    found = queries.message(agent_of(request), message_id)
    return _text(_raw(found), f"message-{found.pk}.eml", is_saved=True)


@require_safe
def headers(request: HttpRequest, message_id: int) -> HttpResponse:
    """The headers of the original letter, to look at."""
    found = queries.message(agent_of(request), message_id)
    head = re.split(rb"\r?\n\r?\n", _raw(found)[:LARGEST_HEADERS], maxsplit=1)[0]
    return _text(head, f"message-{found.pk}.txt", is_saved=False)


@require_safe
def inbound_source(request: HttpRequest, inbound_id: int) -> HttpResponse:
    """An accepted item that became no message, to save."""
    found = inbound.inbound(agent_of(request), inbound_id)
    return _text(_bytes(found), f"inbound-{found.pk}.eml", is_saved=True)


def _raw(found: Message) -> bytes:
    if found.pk not in inbound.originals([found]):
        raise NotVisible("letter")
    return _bytes(inbound.inbound_of(found))


def _bytes(item: Inbound) -> bytes:
    try:
        return raw_body(item)
    except FileNotFoundError:
        raise NotVisible("file") from None


def _text(data: bytes, name: str, *, is_saved: bool) -> HttpResponse:
    response = HttpResponse(data, content_type="text/plain; charset=utf-8")
    response["Content-Disposition"] = content_disposition_header(is_saved, name) or "attachment"
    response["Content-Security-Policy"] = NOTHING
    return response
