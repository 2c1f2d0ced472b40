"""Pictures of letters that lie on other sites: asked for by us, so that the sender learns nothing
of who reads and from where. Nothing is asked before an agent wants to see them.

Not one of the pages: they share a few threads, and a slow site would hold them all up.
"""

import asyncio
import base64
import json
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from django.conf import settings

from okno.access import queries as access
from okno.access.policy import NotVisible
from okno.console.picture_store import keep, kept
from okno.desk import queries
from okno.kit import clock, crypto, http
from okno.kit.filetypes import sniff
from okno.kit.pictures import NoPicture, redraw
from okno.spine import SYSTEM
from okno.spine.live import Hub

PATH = "/remote-picture"
PURPOSE = "remote picture"
LARGEST = 5 * 1024 * 1024
LONGEST_SECONDS = 10
# Points; newsletters are drawn for less.
SIDE = 1_600
OPEN_SECONDS = 3600
LONGEST_TOKEN = 12_000
MOST_WAITING = 200
# The frame of a letter has an origin of its own (sandbox), so that it comes as a stranger without
# a cookie: what opens the door is the signed address, and the picture may be shown in that frame.
HEADERS = {
    "cache-control": f"private, max-age={OPEN_SECONDS}",
    "content-security-policy": "sandbox; default-src 'none'",
    "cross-origin-resource-policy": "cross-origin",
    "referrer-policy": "no-referrer",
    "x-content-type-options": "nosniff",
}
Send = Callable[[dict[str, Any]], Awaitable[None]]
_pool = ThreadPoolExecutor(4, "pictures")
_waiting = 0


@dataclass(frozen=True)
class Asked:
    """A picture of a message, for an agent, until an instant (Unix seconds)."""

    message_id: int
    agent_id: int
    until: int
    url: str


def address(message_id: int, agent_id: int, url: str) -> str:
    """Where this agent's browser gets a picture of a message they see; good for an hour."""
    # The same for some minutes, so that the browser's cache serves a letter opened twice.
    now = int(clock.now().timestamp()) // 600 * 600
    text = json.dumps([message_id, agent_id, now + OPEN_SECONDS, url], ensure_ascii=False)
    body = base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")
    return f"{PATH}?p={body}.{crypto.sign(PURPOSE, body)}"


def asked(query: bytes) -> Asked | None:
    """What a query string asks for; None unless we signed it and its time has not passed."""
    token = parse_qs(query.decode("latin-1")).get("p", [""])[0]
    body, _, signature = token.partition(".")
    if len(token) > LONGEST_TOKEN or not token.isascii():
        return None
    if not crypto.is_signed(PURPOSE, body, signature):
        return None
    found = Asked(*json.loads(base64.urlsafe_b64decode(body + "=" * (-len(body) % 4))))
    return found if found.until > clock.now().timestamp() else None


def is_open_to(asks: Asked) -> bool:
    """Whether that agent works still and sees the message still."""
    try:
        agent = access.agent(SYSTEM, asks.agent_id)
        queries.message(agent, asks.message_id)
    except NotVisible:
        return False
    return agent.is_working


def fetch(url: str) -> tuple[str, bytes] | None:
    """Media type and bytes of a picture elsewhere, drawn anew by us; None when there is none."""
    client = http.Client(settings.ENV["OKNO_ALLOW_PRIVATE"], LONGEST_SECONDS, LARGEST)
    try:
        answer = client.request("GET", url, {"accept": "image/webp,image/png,image/jpeg,image/gif"})
    except http.HttpError:
        return None
    try:
        drawn = redraw(answer.body, SIDE, SIDE) if answer.ok else None
    except NoPicture:
        return None
    return (drawn.content_type, drawn.data) if drawn is not None else None


def picture_of(asks: Asked) -> tuple[str, bytes] | None:
    """The picture, asked of the other site at most once a day."""
    name = f"{asks.message_id} {asks.url}"
    known = kept(name)
    if known is not None:
        return sniff(known, ""), known
    found = fetch(asks.url)
    if found is not None:
        keep(name, found[1])
    return found


async def picture(
    hub: Hub,
    in_thread: Callable[..., Awaitable[Any]],
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Send,
) -> None:
    """Serve one picture; whatever is wrong looks like an absent one."""
    global _waiting
    asks = asked(scope.get("query_string", b"")) if scope["method"] == "GET" else None
    found = None
    if asks is not None and _waiting < MOST_WAITING and await in_thread(is_open_to, asks):
        _waiting += 1
        try:
            found = await asyncio.get_running_loop().run_in_executor(_pool, picture_of, asks)
        finally:
            _waiting -= 1
    kind, body = found or ("text/plain", b"")
    headers = {**HEADERS, "content-type": kind} if found else {"cache-control": "no-store"}
    pairs = [(name.encode(), value.encode()) for name, value in headers.items()]
    status = 200 if found else 404
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    await send({"type": "http.response.body", "body": body})
