"""`/health/live`: the process works. `/health/ready`: it can do what it is for, and is to get more.

A load balancer asks by address and names no host of ours, so pages answer these before anything
else looks at the request. A worker and a mail-in have a small port of their own for it.
"""

import asyncio
import logging
import shutil
import socket
import threading
from collections.abc import Awaitable, Callable
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from django.conf import settings
from django.db import DatabaseError, close_old_connections, connection, connections
from django.http import HttpRequest, HttpResponse
from django.views.decorators.http import require_GET

from okno.config import schema

PATHS = ("/health/live", "/health/ready")
# With less room than this a letter with a file is refused.
LEAST_BYTES = 4_000_000
# For a prober to say what it wants.
PROBE_SECONDS = 5
Send = Callable[[dict[str, Any]], Awaitable[None]]
log = logging.getLogger(__name__)

_draining = threading.Event()


def drain() -> None:
    """Say from now on that this process is to get no more work."""
    _draining.set()


def is_ready() -> bool:
    """Whether the database answers, is of this version, and there is room on the disk. Why not, the
    log says: a stranger learns nothing."""
    if _draining.is_set():
        return False
    try:
        if not schema.is_there():
            log.warning("not ready: the database is of another version")
            return False
        if shutil.disk_usage(settings.DATA_DIR).free < LEAST_BYTES:
            log.warning("not ready: the disk is full")
            return False
    except (DatabaseError, OSError) as error:
        log.warning("not ready: %s", type(error).__name__)
        connection.close()
        return False
    return True


@require_GET
def live(request: HttpRequest) -> HttpResponse:
    """Always ok."""
    return HttpResponse("ok", content_type="text/plain")


@require_GET
def ready(request: HttpRequest) -> HttpResponse:
    """ok, or 503 with one word and nothing that helps a stranger."""
    is_well = is_ready()
    text, status = ("ok", 200) if is_well else ("fail", 503)
    return HttpResponse(text, status=status, content_type="text/plain")


class Probes:
    """Answers both paths in the loop of the pages, for any host and whatever their threads do.

    All who ask at the same moment share one look.
    """

    def __init__(self) -> None:
        self._pool = ThreadPoolExecutor(1, "health")
        self._look: asyncio.Future[bool] | None = None

    async def serve(self, scope: dict[str, Any], send: Send) -> None:
        """Send the answer to a request for one of PATHS."""
        is_head = scope["method"] == "HEAD"
        if scope["method"] not in ("GET", "HEAD"):
            await _answer(send, 405, b"", (b"allow", b"GET, HEAD"))
        elif scope["path"] == "/health/live" or await self._is_ready():
            await _answer(send, 200, b"" if is_head else b"ok")
        else:
            await _answer(send, 503, b"" if is_head else b"fail")

    async def _is_ready(self) -> bool:
        if _draining.is_set():
            return False
        if self._look is None or self._look.done():
            loop = asyncio.get_running_loop()
            self._look = loop.run_in_executor(self._pool, _look)
        return await asyncio.shield(self._look)


def _look() -> bool:
    close_old_connections()
    return is_ready()


async def _answer(send: Send, status: int, text: bytes, *more: tuple[bytes, bytes]) -> None:
    headers = [(b"content-type", b"text/plain"), (b"cache-control", b"no-store"), *more]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": text})


class Port:
    """Answers both paths on a port of its own, for a process without pages.

    Raises OSError when the address is taken. Until `begin` the process lives and is not ready.
    """

    def __init__(self, host: str, port: int) -> None:
        self._is_alive: Callable[[], bool] | None = None
        server = (_Server6 if ":" in host else _Server)((host, port), _Handler)
        server.is_well = self._is_well
        threading.Thread(target=server.serve_forever, name="health", daemon=True).start()

    def begin(self, is_alive: Callable[[], bool]) -> None:
        """The work has begun; `is_alive` says whether all its threads still run."""
        self._is_alive = is_alive

    def _is_well(self, path: str) -> bool:
        is_alive = self._is_alive is None or self._is_alive()
        if path == "/health/live":
            return is_alive
        return self._is_alive is not None and is_alive and is_ready()


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    is_well: Callable[[str], bool]


class _Server6(_Server):
    address_family = socket.AF_INET6


class _Handler(BaseHTTPRequestHandler):
    timeout = PROBE_SECONDS
    server: _Server

    def do_GET(self) -> None:  # the name is http.server's
        """Answer, and forget the connection to the database that this thread opened."""
        if self.path not in PATHS:
            self.send_error(404)
            return
        try:
            is_well = self.server.is_well(self.path)
        finally:
            connections.close_all()
        text = b"ok" if is_well else b"fail"
        self.send_response(200 if is_well else 503)
        self.send_header("Content-Type", "text/plain")
        self.send_header("Content-Length", str(len(text)))
        self.end_headers()
        if self.command == "GET":
            self.wfile.write(text)

    do_HEAD = do_GET

    def log_message(self, format: str, *args: object) -> None:
        """Nothing: a prober asks each second."""
