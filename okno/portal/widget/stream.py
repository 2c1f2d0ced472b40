"""The stream of a visitor: that there is news, and who types. Never the news itself.

Each line is asked for anew: a note, an assignment or another client's message rings here too, and
must not be heard even as a moment in time.
"""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs

from okno.access.policy import NotVisible
from okno.channels.widget.addresses import KIND
from okno.contacts.models import Contact
from okno.desk import correspondence
from okno.desk import typing as keys
from okno.desk.queries import public_channel
from okno.kit.shares import SharesOfAll
from okno.portal.widget import arrivals
from okno.portal.widget.door import Guest, cross_origin
from okno.portal.widget.shapes import shown_name
from okno.portal.widget.visitors import visitor_of
from okno.spine.live import Hub, Stream

BEAT_SECONDS = 20
# An open page that hears nothing is asked again whether it still may.
RECHECK_SECONDS = 60
# A first message is read a moment after it was accepted; until then its writer is nobody yet.
UNKNOWN_SECONDS = 0.5
# Of one visitor, each in a page of their own; the chat asks by itself where there are more.
MOST_STREAMS = 5
_streams = SharesOfAll(MOST_STREAMS, "streams of a visitor")
Send = Callable[[dict[str, Any]], Awaitable[None]]
Receive = Callable[[], Awaitable[dict[str, Any]]]
InThread = Callable[..., Awaitable[Any]]


@dataclass(frozen=True)
class Asks:
    """Who asks for a stream, as the request says."""

    key: str
    origin: str
    host: str
    token: str


class Listener:
    """One open chat: what its visitor can read now, and what was told of it last."""

    def __init__(self, asks: Asks, guest: Guest, stream: Stream) -> None:
        self.asks = asks
        self.guest: Guest | None = guest
        self.stream = stream
        self.told: tuple[int, int] | None = None
        self.typing: list[str] = []
        self.conversation: int | None = None
        self.last_id = 0
        self.looked = 0.0
        self.number = arrivals.number_of(guest.visitor.address)

    def look(self) -> list[bytes]:
        """What to say now; asks the database, so not in the loop. Without `guest` it is over.

        Asked anew each time: the channel may be off, the token past its time, the reader another.
        """
        self.looked = time.monotonic()
        self.guest, _ = let_in(self.asks)
        me = self.guest.identity if self.guest else None
        if self.guest is None or me is None:
            return []
        self.stream.viewer = me.contact
        lines = []
        newest = correspondence.newest(me)
        if newest != self.told:
            self.told = newest
            lines.append(f"id: {self.last_id}\ndata: {json.dumps({'newest': newest[1]})}\n\n")
        self.conversation = number = correspondence.current_number(me)
        found = keys.agents(keys.typists(number)) if number is not None else []
        names = sorted({shown_name(typist.name, self.guest.channel) for typist in found})
        if names != self.typing:
            self.typing = names
            lines.append(f"event: typing\ndata: {json.dumps({'names': names})}\n\n")
        return [line.encode() for line in lines]

    def hear(self, conversation: int) -> None:
        """Someone types somewhere; called from any thread."""
        if conversation == self.conversation:
            self.stream.loop.call_soon_threadsafe(self.stream.awake.set)

    def expect(self, number: int) -> None:
        """A first message of someone was accepted; called from any thread."""
        if number == self.number:
            self.stream.loop.call_soon_threadsafe(self.stream.awake.set)

    def must_look(self) -> bool:
        """Whether to ask although nothing rang: a line on a board has run out, or long ago."""
        is_late = time.monotonic() - self.looked > RECHECK_SECONDS
        return is_late or self._patience() < BEAT_SECONDS

    async def wait(self) -> bool:
        """Until something happened; False when nothing did for a while."""
        try:
            await asyncio.wait_for(self.stream.awake.wait(), self._patience())
        except TimeoutError:
            return False
        self.stream.awake.clear()
        self.last_id = max([self.last_id, *self.stream.drop()])
        return True

    def _patience(self) -> float:
        if self.typing:
            return keys.SECONDS
        is_known = isinstance(self.stream.viewer, Contact)
        is_coming = not is_known and arrivals.is_expected(self.number)
        return UNKNOWN_SECONDS if is_coming else BEAT_SECONDS


def let_in(asks: Asks) -> tuple[Guest | None, dict[str, str]]:
    """The visitor, None for nobody we know, and the headers that let their site read the answer."""
    try:
        channel = public_channel(KIND, asks.key)
    except NotVisible:
        return None, {}
    headers = cross_origin(channel, asks.origin, asks.host)
    if headers is None:
        return None, {}
    visitor = visitor_of(asks.token, channel.pk)
    if visitor is None or (channel.settings.get("verified_only") and not visitor.until):
        return None, headers
    return Guest(channel, visitor), headers


def _asks(scope: dict[str, Any]) -> Asks:
    given = {name.decode("latin-1"): value.decode("latin-1") for name, value in scope["headers"]}
    query = parse_qs(scope.get("query_string", b"").decode("latin-1"))
    kind, _, token = given.get("authorization", "").partition(" ")
    return Asks(
        key=query.get("key", [""])[0],
        origin=given.get("origin", ""),
        host=given.get("host", ""),
        token=token.strip() if kind.lower() == "bearer" else "",
    )


async def stream(
    hub: Hub, in_thread: InThread, scope: dict[str, Any], receive: Receive, send: Send
) -> None:
    """Serve one visitor until the page goes, the token ends, or the server stops."""
    asks, way = _asks(scope), (in_thread, receive, send)
    guest, headers = await in_thread(let_in, asks)
    if scope["method"] == "OPTIONS":
        await _start(send, 204 if headers else 403, headers, ends=True)
    elif guest is None:
        await _start(send, 401 if headers or not asks.origin else 403, headers, ends=True)
    else:
        with _streams.hold(guest.visitor.address) as has_share:
            if has_share:
                await _start(send, 200, {**headers, "content-type": "text/event-stream"})
                await _listen(Listener(asks, guest, hub.open(None, None)), hub, *way)
            else:
                await _start(send, 429, {**headers, "retry-after": "20"}, ends=True)


async def _listen(
    listener: Listener, hub: Hub, in_thread: InThread, receive: Receive, send: Send
) -> None:
    ends = keys.listen(listener.hear), arrivals.listen(listener.expect)
    gone = asyncio.ensure_future(_until_gone(receive))
    gone.add_done_callback(lambda _: listener.stream.awake.set())
    try:
        await _feed(listener, gone, in_thread, send)
    finally:
        gone.cancel()
        for end in ends:
            end()
        hub.close(listener.stream)


async def _feed(
    listener: Listener, gone: "asyncio.Future[None]", in_thread: InThread, send: Send
) -> None:
    await _body(send, b"retry: 1000\n\n")
    while not (listener.stream.is_closed or gone.done()):
        lines = await in_thread(listener.look)
        if listener.guest is None:
            break
        for line in lines:
            await _body(send, line)
        while not await listener.wait() and not gone.done():
            await _body(send, b": beat\n\n")
            if listener.must_look():
                break
    if not gone.done():
        await send({"type": "http.response.body", "body": b"", "more_body": False})


async def _start(send: Send, status: int, headers: dict[str, str], *, ends: bool = False) -> None:
    lines = {**headers, "cache-control": "no-store", "x-accel-buffering": "no", "vary": "Origin"}
    pairs = [(name.lower().encode(), value.encode()) for name, value in lines.items()]
    await send({"type": "http.response.start", "status": status, "headers": pairs})
    if ends:
        await send({"type": "http.response.body", "body": b""})


async def _body(send: Send, line: bytes) -> None:
    await send({"type": "http.response.body", "body": line, "more_body": True})


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
