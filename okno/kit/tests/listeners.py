"""Servers of raw bytes on loopback, which remember who came."""

import os
import socket
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

Answer = Callable[[socket.socket, bytes], None]


class Listener:
    """A server of raw bytes that remembers each connection and request."""

    def __init__(self, answer: Answer, host: str = "127.0.0.1", port: int = 0) -> None:
        self.answer, self.connections, self.requests = answer, 0, []
        self.socket = socket.create_server((host, port))
        self.port = self.socket.getsockname()[1]
        self.tls: ssl.SSLContext | None = None
        self.names: list[str | None] = []
        threading.Thread(target=self._serve, daemon=True).start()

    def _serve(self) -> None:
        while True:
            try:
                peer, _ = self.socket.accept()
            except OSError:
                return
            self.connections += 1
            threading.Thread(target=self._talk, args=(peer,), daemon=True).start()

    def _talk(self, peer: socket.socket) -> None:
        try:
            if self.tls:
                peer = self.tls.wrap_socket(peer, server_side=True)
            request = b""
            while b"\r\n\r\n" not in request:
                got = peer.recv(65_536)
                if not got:
                    return
                request += got
            self.requests.append(request)
            self.answer(peer, request)
        except OSError:
            pass
        finally:
            peer.close()


def plain(body: bytes, *headers: str, status: str = "200 OK") -> Answer:
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers, "", ""]
    return lambda peer, request: peer.sendall("\r\n".join(lines).encode() + body)


hello = plain(b"hello")


@contextmanager
def listening(answer: Answer = hello, host: str = "127.0.0.1", port: int = 0):
    listener = Listener(answer, host, port)
    try:
        yield listener
    finally:
        listener.socket.shutdown(socket.SHUT_RDWR)
        listener.socket.close()


@contextmanager
def environment(**names: str) -> Iterator[None]:
    before = dict(os.environ)
    os.environ.update(names)
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


def endless(peer: socket.socket, request: bytes) -> None:
    peer.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        peer.sendall(b"x" * 65_536)
