"""One ASGI application: streams here, pages and API in Django's WSGI handler on a few threads.

Django's own ASGI handler would open a thread and a database connection for each request.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from io import BytesIO
from tempfile import SpooledTemporaryFile
from typing import Any

from django.http import HttpResponse

from okno.config.together import Counter, Together
from okno.config.wsgi import application as pages
from okno.kit.downloads import BESIDE
from okno.kit.pictures import CHILDREN
from okno.spine.live import Hub

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

THREADS = 4
LARGEST_BODY = 40 * 1024 * 1024
# More requests than this waiting for a thread are told to come back.
MOST_WAITING = 200
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
    ) -> None:
        self.hub = hub
        self.streams = streams
        self.counters = [Together(counter, self.in_thread) for counter in counters]
        self.pool = ThreadPoolExecutor(THREADS, "pages")
        self.waiting = 0
        self.beside = ThreadPoolExecutor(CHILDREN, "beside")
        self.waiting_beside = 0

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "lifespan":
            await _lifespan(receive, send)
        elif scope["type"] == "http":
            stream = self.streams.get(scope["path"])
            if stream is not None:
                await stream(self, scope, receive, send)
            else:
                await self._page(scope, receive, send)

    async def in_thread(self, work: Callable[..., Any], *args: Any) -> Any:
        """Run database work of a stream on the pages' threads."""
        return await asyncio.get_running_loop().run_in_executor(self.pool, work, *args)

    async def _page(self, scope: Scope, receive: Receive, send: Send) -> None:
        if self.waiting >= MOST_WAITING:
            await plain(send, 503, b"busy, please try again", [(b"retry-after", b"2")])
            return
        self.waiting += 1
        try:
            body = await _read(receive)
            if body is None:
                await plain(send, 413, b"too large")
                return
            with body:
                environ = _environ(scope, body)
                counter = self._counter(environ)
                if counter is not None:
                    status, headers, content = _parts(await counter.ask(environ))
                    beside = None
                else:
                    status, headers, content, beside = await self.in_thread(_run, environ)
                if beside is not None and await self._beside(beside):
                    status, headers, content, _ = await self.in_thread(_run, environ)
        except Exception:
            log.exception("no answer to %s", scope["path"])
            await plain(send, 500, b"something went wrong on our side")
            return
        finally:
            self.waiting -= 1
        await send({"type": "http.response.start", "status": status, "headers": headers})
        await send({"type": "http.response.body", "body": content})

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


async def _read(receive: Receive) -> Any:
    """The request's body in memory or, when large, in a temporary file; None over the limit."""
    body = SpooledTemporaryFile(max_size=1024 * 1024)  # noqa: SIM115 - closed by the caller
    while True:
        message = await receive()
        if message["type"] != "http.request":
            break
        body.write(message.get("body", b""))
        if body.tell() > LARGEST_BODY:
            body.close()
            return None
        if not message.get("more_body"):
            break
    return body


async def plain(
    send: Send, status: int, text: bytes, headers: Iterable[tuple[bytes, bytes]] = ()
) -> None:
    """Answer with a line of text."""
    kind = (b"content-type", b"text/plain; charset=utf-8")
    await send({"type": "http.response.start", "status": status, "headers": [kind, *headers]})
    await send({"type": "http.response.body", "body": text})


def _environ(scope: Scope, body: Any) -> dict[str, Any]:
    """The WSGI environment (PEP 3333) of an ASGI request."""
    length = body.tell()
    body.seek(0)
    server, client = scope.get("server") or ("localhost", 0), scope.get("client") or ("", 0)
    environ = {
        "REQUEST_METHOD": scope["method"],
        "SCRIPT_NAME": "",
        "PATH_INFO": scope["path"].encode("utf-8", "replace").decode("latin-1"),
        "QUERY_STRING": scope.get("query_string", b"").decode("latin-1"),
        "SERVER_NAME": server[0],
        "SERVER_PORT": str(server[1]),
        "SERVER_PROTOCOL": f"HTTP/{scope.get('http_version', '1.1')}",
        "REMOTE_ADDR": client[0],
        "wsgi.version": (1, 0),
        "wsgi.url_scheme": scope.get("scheme", "http"),
        "wsgi.input": body,
        "wsgi.errors": BytesIO(),
        "wsgi.multithread": True,
        "wsgi.multiprocess": False,
        "wsgi.run_once": False,
        BESIDE: True,
        "CONTENT_LENGTH": str(length),
    }
    for raw_name, raw_value in scope["headers"]:
        name = raw_name.decode("latin-1").upper().replace("-", "_")
        value = raw_value.decode("latin-1")
        if name == "CONTENT_LENGTH":
            continue
        if "_" in raw_name.decode("latin-1"):
            # A name with an underscore could pass for another header once dashes are replaced.
            continue
        key = name if name == "CONTENT_TYPE" else f"HTTP_{name}"
        environ[key] = f"{environ[key]},{value}" if key in environ else value
    return environ


def _parts(response: HttpResponse) -> tuple[int, list[tuple[bytes, bytes]], bytes]:
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
