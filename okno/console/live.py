"""The stream of live hints for the console: who listens is asked again every half minute."""

import asyncio
import json
import time
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from http.cookies import CookieError, SimpleCookie
from typing import Any

from django.conf import settings
from django.contrib.auth import SESSION_KEY

from okno.access.models import Agent
from okno.access.queries import agent_of_session
from okno.access.sessions import SessionStore
from okno.console.company import Ear, seen_of
from okno.kit.numbers import identifier
from okno.kit.shares import SharesOfAll
from okno.spine.live import BEAT, Hint, Hub, Stream

RECHECK_SECONDS = 30
# Of one agent; the pages of a browser share one.
MOST_STREAMS = 30
_streams = SharesOfAll(MOST_STREAMS, "streams of an agent")
Send = Callable[[dict[str, Any]], Awaitable[None]]
_HEADERS = [
    (b"content-type", b"text/event-stream"),
    (b"cache-control", b"no-store"),
    (b"x-accel-buffering", b"no"),
]


def viewer_of(session_key: str) -> Agent | None:
    """The working agent of a session cookie, with their teams read."""
    return agent_of_session(SessionStore(session_key).get(SESSION_KEY))


def session_key_of(scope: dict[str, Any]) -> str:
    """The console's session cookie of a request, "" when there is none."""
    for name, value in scope["headers"]:
        if name == b"cookie":
            try:
                found = SimpleCookie(value.decode("latin-1")).get(settings.SESSION_COOKIE_NAME)
            except CookieError:
                return ""
            if found is not None:
                return found.value
    return ""


def is_same_origin(scope: dict[str, Any]) -> bool:
    """Whether the page that asks is ours; browsers say so themselves (Fetch Metadata, Origin)."""
    headers = dict(scope["headers"])
    origin = headers.get(b"origin", b"").decode("latin-1")
    host = headers.get(b"host", b"").decode("latin-1")
    if origin and origin not in {settings.PUBLIC_URL, f"http://{host}", f"https://{host}"}:
        return False
    return headers.get(b"sec-fetch-site", b"same-origin") in (b"same-origin", b"none")


def last_id_of(scope: dict[str, Any]) -> int | None:
    """`Last-Event-ID` of a page that comes back."""
    return identifier(dict(scope["headers"]).get(b"last-event-id"))


async def live(
    hub: Hub,
    in_thread: Callable[..., Awaitable[Any]],
    scope: dict[str, Any],
    receive: Callable[[], Awaitable[dict[str, Any]]],
    send: Send,
) -> None:
    """Serve one stream until the page goes, the agent may no longer see, or the server stops."""
    key = session_key_of(scope)
    viewer = await in_thread(viewer_of, key) if key and is_same_origin(scope) else None
    if viewer is None:
        await send({"type": "http.response.start", "status": 403, "headers": []})
        await send({"type": "http.response.body", "body": b""})
        return
    with _streams.hold(str(viewer.pk)) as has_share:
        if has_share:
            await _listen(hub, in_thread, key, viewer, (scope, receive, send))
        else:
            headers = [(b"retry-after", b"20")]
            await send({"type": "http.response.start", "status": 429, "headers": headers})
            await send({"type": "http.response.body", "body": b""})


async def _listen(
    hub: Hub, in_thread: Callable[..., Awaitable[Any]], key: str, viewer: Agent, way: Any
) -> None:
    scope, receive, send = way
    stream = hub.open(viewer, last_id_of(scope))
    ear = Ear(stream, viewer.pk)
    gone = asyncio.ensure_future(_until_gone(receive))
    try:
        await send({"type": "http.response.start", "status": 200, "headers": _HEADERS})
        await _body(send, b"retry: 1000\n\n")
        asks = _Asks(stream, ear, in_thread, key)
        await _feed(asks, gone, send)
        if not gone.done():
            await send({"type": "http.response.body", "body": b"", "more_body": False})
    finally:
        gone.cancel()
        ear.close()
        hub.close(stream)


@dataclass
class _Asks:
    """One stream, and whether its agent may still hear it."""

    stream: Stream
    ear: Ear
    in_thread: Callable[..., Awaitable[Any]]
    key: str
    checked: float = field(default_factory=time.monotonic)

    async def lines(self) -> bytes | None:
        """What to say next; None when the agent may no longer hear anything."""
        has_news = await self.stream.wait()
        passed = self.ear.take()
        seen: list[int] = []
        must_look = bool(passed) or self._is_stale()
        while must_look:
            news = self._news()
            viewer, seen = await self.in_thread(_look, self.key, sorted(passed))
            if viewer is None:
                return None
            self.stream.viewer, self.checked = viewer, time.monotonic()
            if news is not None and "list" in news.parts:
                # Hints of what has come into sight were dropped until now.
                self.stream.must_reload = True
            # What became of the agent while we looked was perhaps not seen.
            must_look = self._news() is not news
        line = self.stream.take() if has_news else BEAT
        return line + b"".join(_passing(number, sorted(passed[number])) for number in seen)

    def _news(self) -> Hint | None:
        """News of the agent that are waiting: teams or role may be others, and what came after
        that was let through by the old ones."""
        return self.stream.waiting.get(("agent", self.stream.viewer.pk))

    def _is_stale(self) -> bool:
        return self._news() is not None or time.monotonic() - self.checked > RECHECK_SECONDS


def _look(session_key: str, passed: list[int]) -> tuple[Agent | None, list[int]]:
    viewer = viewer_of(session_key)
    return viewer, seen_of(viewer, passed) if viewer is not None and passed else []


def _passing(number: int, parts: list[str]) -> bytes:
    """A hint of what is on no log: without an id, so that nothing is asked for again."""
    return f"data: {json.dumps({'conversation': number, 'parts': parts})}\n\n".encode()


async def _feed(asks: _Asks, gone: "asyncio.Future[None]", send: Send) -> None:
    while not (asks.stream.is_closed or gone.done()):
        line = await asks.lines()
        if line is None:
            return
        if line and not gone.done():
            await _body(send, line)


async def _body(send: Send, line: bytes) -> None:
    await send({"type": "http.response.body", "body": line, "more_body": True})


async def _until_gone(receive: Callable[[], Awaitable[dict[str, Any]]]) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass
