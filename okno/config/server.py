"""One ASGI application: streams here, pages and API in Django's WSGI handler on a few threads.

Django's own ASGI handler would open a thread and a database connection for each request.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.conf import settings
from django.http import HttpResponse

from okno.config import health
from okno.config.bodies import ROOM, Bodies, Gone, Refused
from okno.config.kinds import STREAMS
from okno.config.requests import environ_of, is_our_host, network_in
from okno.config.together import Counter, Together
from okno.config.wsgi import application as pages
from okno.kit.pictures import CHILDREN
from okno.kit.shares import Shares, SharesOfAll
from okno.spine.live import Hub

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]
Answer = tuple[int, list[tuple[bytes, bytes]], bytes]

THREADS = 4
# More requests than this, read and waiting for a thread, are told to come back.
MOST_WAITING = 200
# Of one network, being read or waiting.
MOST_OF_A_NETWORK = 100
# Telephones of one provider come from few addresses, and each open chat is a stream.
MOST_STREAMS_OF_A_NETWORK = 500
# What takes long waits for threads of its own; past this, it is not done at all.
MOST_BESIDE = 100
log = logging.getLogger(__name__)


class Application:
    """Dispatches by path: `streams` are served in the loop, all else by the pages' threads."""

    def __init__(
        self,
        hub: Hub,
        streams: dict[str, Callable[..., Awaitable[None]]],
        counters: Iterable[Counter] = (),
        most_connections: int = 1_000,
    ) -> None:
        self.hub = hub
        self.streams = streams
        self.counters = [Together(counter, self.in_thread) for counter in counters]
        self.pool = ThreadPoolExecutor(THREADS, "pages")
        self.waiting = 0
        self.beside = ThreadPoolExecutor(CHILDREN, "beside")
        self.waiting_beside = 0
        self.bodies = Bodies(room=ROOM // settings.ENV["OKNO_WEB_PROCESSES"])
        self.requests_of_network = SharesOfAll(MOST_OF_A_NETWORK, "requests")
        self.streams_of_network = SharesOfAll(MOST_STREAMS_OF_A_NETWORK, "streams")
        # The rest of the connections stays for pages, whoever listens.
        self.streams_of_all = Shares(most_connections // 2)
        self.probes = health.Probes()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http" and scope["path"] in health.PATHS:
            await self.probes.serve(scope, send)
        elif scope["type"] == "http":
            stream = self.streams.get(scope["path"])
            if stream is not None:
                await self._stream(stream, scope, receive, send)
            else:
                await self._page(scope, receive, send)

    async def in_thread(self, work: Callable[..., Any], *args: Any) -> Any:
        """Run database work of a stream on the pages' threads."""
        return await asyncio.get_running_loop().run_in_executor(self.pool, work, *args)

    async def _stream(
        self, stream: Callable[..., Awaitable[None]], scope: Scope, receive: Receive, send: Send
    ) -> None:
        # The console's are of agents, who may be many behind one address.
        network = network_in(scope) if scope["path"] in STREAMS else ""
        with (
            self.streams_of_all.hold(scope["path"]) as has_room,
            self.streams_of_network.hold(network) as has_share,
        ):
            if not is_our_host(scope):
                await plain(send, 400, b"this request cannot be read: is the host name right?")
            elif not has_room or not has_share:
                # The pages ask by themselves meanwhile, and try again ever more rarely.
                status = 429 if has_room else 503
                await plain(send, status, b"too many streams", [(b"retry-after", b"20")])
            else:
                await stream(self, scope, receive, send)

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        network = network_in(scope)
        with self.requests_of_network.hold(network) as has_share:
            try:
                if not has_share:
                    raise Refused(429, "too many requests at once, please try again")
                async with self.bodies.read(scope["path"], receive, network) as body:
                    status, headers, content = await self._answer(environ_of(scope, body))
            except Gone:
                return
            except Refused as no:
                await refuse(send, no)
                return
            except Exception:
                log.exception("no answer to %s", scope["path"])
                await plain(send, 500, b"something went wrong on our side")
                return
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

    async def _answer(self, environ: dict[str, Any]) -> Answer:
        """Of the pages, once a thread of theirs is free; raises Refused when too many wait."""
        if self.waiting >= MOST_WAITING:
            raise Refused(503, "busy, please try again")
        self.waiting += 1
        try:
            counter = self._counter(environ)
            if counter is not None:
                return _parts(await counter.ask(environ))
            status, headers, content, beside = await self.in_thread(_run, environ)
            if beside is not None and await self._beside(beside):
                status, headers, content, _ = await self.in_thread(_run, environ)
            return status, headers, content
        finally:
            self.waiting -= 1

    def _counter(self, environ: dict[str, Any]) -> Together | None:
        asked = environ["REQUEST_METHOD"], environ["PATH_INFO"], environ.get("CONTENT_TYPE", "")
        return next((counter for counter in self.counters if counter.takes(*asked)), None)

    async def _beside(self, work: Callable[[], object]) -> bool:
        """Do what would hold up the pages' threads; False when too much of it waits already."""
        if self.waiting_beside >= MOST_BESIDE:
            return False
        self.waiting_beside += 1
        self.waiting -= 1
        try:
            await asyncio.get_running_loop().run_in_executor(self.beside, work)
        finally:
            self.waiting += 1
            self.waiting_beside -= 1
        return True


async def _lifespan(receive: Receive, send: Send) -> None:
    while True:
        message = await receive()
        await send({"type": message["type"] + ".complete"})
        if message["type"] == "lifespan.shutdown":
            return


async def refuse(send: Send, no: Refused) -> None:
    """Answer why a request is not taken; what is left of it is not waited for."""
    headers = [(b"connection", b"close")]
    headers += [(b"retry-after", b"2")] if no.status in (429, 503) else []
    await plain(send, no.status, no.text.encode(), headers)


async def plain(
    send: Send, status: int, text: bytes, headers: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    """Answer with a line of text."""
    kind = (b"content-type", b"text/plain; charset=utf-8")
    await send({"type": "http.response.start", "status": status, "headers": [kind, *headers]})
    await send({"type": "http.response.body", "body": text})


def _parts(response: HttpResponse) -> Answer:
    headers = [(n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in response.items()]
    headers.append((b"content-length", str(len(response.content)).encode()))
    return response.status_code, headers, response.content


def _run(
    environ: dict[str, Any],
) -> tuple[int, list[tuple[bytes, bytes]], bytes, Callable[[], object] | None]:
    """Call the pages and collect the whole answer, and what it wants done before it is asked again.

    The body of a request is gone after the first time: only a GET may want that.
    """
    answer: dict[str, Any] = {}

    def start_response(
        status: str, headers: list[tuple[str, str]], error: Any = None, /
    ) -> Callable[[bytes], object]:
        answer["status"] = int(status.split(" ", 1)[0])
        answer["headers"] = [(n.lower().encode("latin-1"), v.encode("latin-1")) for n, v in headers]
        return lambda data: None

    result = pages(environ, start_response)
    try:
        content = b"".join(result)
    finally:
        if hasattr(result, "close"):
            result.close()
    beside = getattr(result, "beside", None)
    return answer["status"], answer["headers"], content, beside
