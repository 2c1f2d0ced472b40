"""The outgoing HTTP client's connection: to checked addresses only, ended by a deadline.

Also the unpacking of the answer under a limit.
"""

import ssl
import time
import zlib
from collections.abc import Iterator
from typing import Any

import httpcore
import httpx

from okno.kit.http_guard import Blocked, TooLarge, TooSlow, Unreachable


class Deadline:
    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def left(self) -> float:
        left = self._end - time.monotonic()
        if left <= 0:
            raise TooSlow("time limit")
        return left


class _Wire(httpcore.NetworkStream):
    """A stream on which every operation ends by the deadline, however the other side drips."""

    def __init__(self, inner: httpcore.NetworkStream, deadline: Deadline) -> None:
        self._inner, self._deadline = inner, deadline

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:
        return self._inner.read(max_bytes, self._deadline.left())

    def write(self, buffer: bytes, timeout: float | None = None) -> None:
        for start in range(0, len(buffer), 65_536):
            self._inner.write(buffer[start : start + 65_536], self._deadline.left())

    def close(self) -> None:
        self._inner.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,
    ) -> httpcore.NetworkStream:
        secured = self._inner.start_tls(ssl_context, server_hostname, self._deadline.left())
        return _Wire(secured, self._deadline)

    def get_extra_info(self, info: str) -> Any:
        return self._inner.get_extra_info(info)


class PinnedNetwork(httpcore.SyncBackend):
    """Connects to the checked addresses whatever name it is asked for."""

    def __init__(self, addresses: list[str], deadline: Deadline) -> None:
        self._addresses, self._deadline = addresses, deadline

    def connect_tcp(self, host: str, port: int, *args: Any, **kwargs: Any) -> _Wire:
        for waiting in range(len(self._addresses), 0, -1):
            try:
                share = self._deadline.left() / waiting
                inner = super().connect_tcp(self._addresses[-waiting], port, timeout=share)
                return _Wire(inner, self._deadline)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                if waiting == 1:
                    raise
        raise Unreachable("no address")

    def connect_unix_socket(self, path: str, *args: Any, **kwargs: Any) -> _Wire:
        raise Blocked("unix socket")


class _Body(httpx.SyncByteStream):
    def __init__(self, answer: httpcore.Response, pool: httpcore.ConnectionPool) -> None:
        self._answer, self._pool = answer, pool

    def __iter__(self) -> Iterator[bytes]:
        return self._answer.iter_stream()

    def close(self) -> None:
        self._answer.close()
        self._pool.close()


class PinnedTransport(httpx.BaseTransport):
    """One request on one new connection: nothing is shared between hops or callers."""

    def __init__(self, network: PinnedNetwork, tls: ssl.SSLContext) -> None:
        self._pool = httpcore.ConnectionPool(ssl_context=tls, network_backend=network)

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        url = request.url
        try:
            answer = self._pool.handle_request(
                httpcore.Request(
                    request.method,
                    httpcore.URL(
                        scheme=url.raw_scheme, host=url.raw_host, port=url.port, target=url.raw_path
                    ),
                    headers=request.headers.raw,
                    content=request.stream,
                )
            )
        except BaseException:
            self._pool.close()
            raise
        return httpx.Response(
            answer.status, headers=answer.headers, stream=_Body(answer, self._pool)
        )


class Unpacker:
    """Decompression that stops at the limit, not after it: a bomb never gets its memory."""

    def __init__(self, encoding: str, limit: int) -> None:
        if encoding not in ("", "identity", "gzip", "x-gzip", "deflate"):
            raise Unreachable(f"content encoding {encoding[:20]!r} was not asked for")
        self._packed = encoding not in ("", "identity")
        self._stream, self._limit, self._raw = zlib.decompressobj(47), limit, 0
        self.body = bytearray()

    def feed(self, data: bytes) -> None:
        self._raw += len(data)
        if self._raw > self._limit:
            raise TooLarge(f"over {self._limit} bytes")
        if not self._packed:
            self.body += data
            return
        while data:
            if self._stream.eof:
                self._stream = zlib.decompressobj(47)
            self.body += self._stream.decompress(data, self._limit + 1 - len(self.body))
            if len(self.body) > self._limit:
                raise TooLarge(f"over {self._limit} bytes when decompressed")
            data = self._stream.unused_data

    def finish(self) -> bytes:
        if self._packed and self._raw and not self._stream.eof:
            raise Unreachable("compressed answer cut short")
        return bytes(self.body)
