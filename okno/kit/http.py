"""The one outgoing HTTP client: pinned addresses, no private ranges, limits on time and size.

Every address of a name is checked before the connection, and the connection goes to the checked
address itself while Host, SNI and the certificate check keep the name; so a name server that
changes its answer in between (DNS rebinding) gains nothing. The same happens at each redirect.
"""

import functools
import json as jsonlib
import queue
import socket
import ssl
import threading
import zlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any, cast

import httpcore
import httpx

from okno.kit.http_guard import (
    Blocked,
    Guard,
    HttpError,
    Target,
    TooLarge,
    TooSlow,
    Unreachable,
    literal,
)  # fmt: skip
from okno.kit.http_wire import Deadline, PinnedNetwork, PinnedTransport, Unpacker

__all__ = ["Blocked", "Client", "HttpError", "Response", "TooLarge", "TooSlow", "Unreachable"]

Resolve = Callable[[str, int], list[str]]
Files = Mapping[str, tuple[str, bytes, str]] | Sequence[tuple[str, tuple[str, bytes, str]]]

MAX_REDIRECTS = 5
USER_AGENT = "Okno"

_REDIRECTS = {301, 302, 303, 307, 308}
# Headers of the caller that survive a redirect to another origin; any other may be a secret.
_NEUTRAL = {"accept", "accept-language", "user-agent", "content-type"}
_OURS = {"host", "connection", "accept-encoding", "content-length", "transfer-encoding"}


@dataclass(frozen=True, slots=True)
class Response:
    """A whole answer: any status, the body decompressed, `url` the last one after redirects."""

    status: int
    headers: httpx.Headers
    body: bytes
    url: str

    @property
    def ok(self) -> bool:
        return 200 <= self.status < 300

    @property
    def text(self) -> str:
        return self.body.decode("utf-8", "replace")

    def json(self) -> Any:
        """The body as JSON; ValueError when it is none."""
        try:
            return jsonlib.loads(self.body)
        except RecursionError:
            raise ValueError("JSON nested too deeply") from None


def system_resolve(host: str, port: int) -> list[str]:
    """Addresses of `host` from the system's resolver; OSError when there are none."""
    found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(str(entry[4][0]) for entry in found))


@functools.cache
def _default_tls() -> ssl.SSLContext:
    # SSL_CERT_FILE stays in force: a company's own authority is trusted by it.
    return httpx.create_ssl_context()


@contextmanager
def _translated(target: Target) -> Iterator[None]:
    where = f"{target.host}:{target.port}"
    try:
        yield
    except (httpcore.TimeoutException, httpx.TimeoutException) as error:
        raise TooSlow(f"{where}: {type(error).__name__}") from error
    except (httpcore.LocalProtocolError, httpx.LocalProtocolError) as error:
        raise Blocked(f"{where}: request not valid: {error}") from error
    except (
        httpcore.NetworkError, httpcore.ProtocolError, httpx.TransportError, OSError, zlib.error,
    ) as error:  # fmt: skip
        raise Unreachable(f"{where}: {type(error).__name__}: {str(error)[:200]}") from error


@dataclass(slots=True)
class _Call:
    """What is still to be asked; a redirect changes it."""

    method: str
    target: Target
    headers: dict[str, str]
    body: dict[str, Any] = field(default_factory=dict)

    def request(self) -> httpx.Request:
        ours = {"user-agent": USER_AGENT, "accept": "*/*"} | self.headers
        ours |= {"accept-encoding": "gzip", "connection": "close"}
        return httpx.Request(self.method, self.target.url, headers=ours, **self.body)

    def redirect(self, status: int, target: Target) -> None:
        """Go on to `target` as browsers do (Fetch, HTTP-redirect fetch)."""
        old, self.target = self.target, target
        if old.url.scheme == "https" and target.url.scheme == "http":
            raise Blocked("redirect from https to http")
        if (status == 303 and self.method != "HEAD") or (
            status in (301, 302) and self.method == "POST"
        ):
            self.method, self.body = "GET", {}
            self.headers.pop("content-type", None)
        if (old.url.scheme, old.host, old.port) != (target.url.scheme, target.host, target.port):
            self.headers = {k: v for k, v in self.headers.items() if k in _NEUTRAL}


class Client:
    """Asks other servers. Safe to share between threads; keeps no cookies, reads no proxy settings.

    `allow` opens private addresses: "host:port", "CIDR" or "CIDR:port". `transport` is the
    test seam, a fake (httpx.MockTransport) that gets the finished requests; no name is looked up.
    """

    def __init__(
        self,
        allow: Sequence[str] = (),
        timeout_seconds: float = 15,
        max_bytes: int = 1_000_000,
        *,
        resolve: Resolve = system_resolve,
        tls: ssl.SSLContext | None = None,
        transport: httpx.BaseTransport | None = None,
    ) -> None:
        self._guard = Guard(allow)
        self._timeout, self._max_bytes = timeout_seconds, max_bytes
        self._resolve, self._tls, self._transport = resolve, tls, transport

    def request(
        self,
        method: str,
        url: str,
        headers: Mapping[str, str] | None = None,
        *,
        json: Any = None,
        data: Mapping[str, Any] | None = None,
        content: bytes | str | None = None,
        files: Files | None = None,
        max_bytes: int | None = None,
        timeout: float | None = None,
    ) -> Response:
        """The answer, whatever its status, after at most 5 redirects; HttpError when there is none.

        `timeout` (seconds) bounds the whole call, `max_bytes` the decompressed body.
        """
        deadline = Deadline(self._timeout if timeout is None else timeout)
        limit = self._max_bytes if max_bytes is None else max_bytes
        body = {"json": json, "data": data, "content": content, "files": files}
        call = _Call(
            method.upper(),
            self._guard.target(url),
            {k.lower(): v for k, v in (headers or {}).items() if k.lower() not in _OURS},
            {name: value for name, value in body.items() if value is not None},
        )
        for _ in range(MAX_REDIRECTS + 1):
            answer = self._ask(call, deadline, limit)
            if answer.status not in _REDIRECTS or "location" not in answer.headers:
                return answer
            call.redirect(answer.status, self._next(call.target, answer.headers["location"]))
        raise Blocked(f"more than {MAX_REDIRECTS} redirects")

    def _next(self, target: Target, location: str) -> Target:
        try:
            return self._guard.target(str(target.url.join(location)))
        except (httpx.InvalidURL, ValueError):
            raise Blocked("malformed redirect") from None

    def _ask(self, call: _Call, deadline: Deadline, limit: int) -> Response:
        target = call.target
        with _translated(target):
            transport = self._transport_to(target, deadline)
            with closing(transport.handle_request(call.request())) as answer:
                unpacker = Unpacker(answer.headers.get("content-encoding", "").lower(), limit)
                if answer.status_code not in _REDIRECTS:
                    for chunk in cast(httpx.SyncByteStream, answer.stream):
                        unpacker.feed(chunk)
                        deadline.left()
                packed = unpacker.finish()
        return Response(answer.status_code, answer.headers, packed, str(target.url))

    def _transport_to(self, target: Target, deadline: Deadline) -> httpx.BaseTransport:
        if literal(target.host) is not None:
            addresses = self._guard.check(target, [target.host])
        elif self._transport is None:
            addresses = self._guard.check(target, self._look_up(target, deadline))
        if self._transport is not None:
            return self._transport
        return PinnedTransport(PinnedNetwork(addresses, deadline), self._tls or _default_tls())

    def _look_up(self, target: Target, deadline: Deadline) -> list[str]:
        """Ask the resolver in a thread of its own, because it knows no time limit."""
        found: queue.Queue[list[str] | Exception] = queue.Queue()

        def ask() -> None:
            try:
                found.put(self._resolve(target.host, target.port))
            except Exception as error:
                found.put(error)

        threading.Thread(target=ask, name="look-up", daemon=True).start()
        try:
            answer = found.get(timeout=deadline.left())
        except queue.Empty:
            raise TooSlow(f"look-up of {target.host}") from None
        if isinstance(answer, Exception):
            raise Unreachable(f"look-up of {target.host}: {type(answer).__name__}") from answer
        return answer
