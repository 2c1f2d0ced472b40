"""Mail servers that refuse every sign-in and say back the word they refuse, as some do.

with serving(smtp_of(b"PLAIN LOGIN", decoded)) as port:
    ...
"""

import base64
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import BinaryIO

Talk = Callable[[socket.socket, BinaryIO], None]
How = Callable[[bytes], bytes]


@contextmanager
def serving(talk: Talk) -> Iterator[int]:
    """A server on loopback that talks to each peer by `talk(peer, lines)`; its port."""
    server = socket.create_server(("127.0.0.1", 0))

    def one(peer: socket.socket) -> None:
        with peer, peer.makefile("rb") as lines:
            talk(peer, lines)

    def serve() -> None:
        while True:
            try:
                peer, _ = server.accept()
            except OSError:
                return
            threading.Thread(target=one, args=(peer,), daemon=True).start()

    threading.Thread(target=serve, daemon=True).start()
    yield server.getsockname()[1]
    server.close()


def decoded(word: bytes) -> bytes:
    """What a word in Base64 says, with spaces for zeros (SASL PLAIN, RFC 4616); else nothing."""
    try:
        return base64.b64decode(word + b"=" * (-len(word) % 4)).replace(b"\0", b" ")
    except ValueError:
        return b""


def smtp_of(mechanisms: bytes, how: How) -> Talk:
    """An SMTP server with these ways to sign in; it repeats the last word as `how` says."""

    def talk(peer: socket.socket, lines: BinaryIO) -> None:
        peer.sendall(b"220 echo\r\n")
        for line in lines:
            told = line.split()[-1] if line.split() else b""
            if line[:4].upper() == b"EHLO":
                peer.sendall(b"250-echo\r\n250 AUTH " + mechanisms + b"\r\n")
            elif line.upper().startswith(b"AUTH LOGIN"):
                peer.sendall(b"334 UGFzc3dvcmQ6\r\n")
            else:
                peer.sendall(b"535 5.7.8 wrong: " + how(told) + b"\r\n")

    return talk


def imap_of(how: How) -> Talk:
    """An IMAP server; it repeats the password as `how` says."""

    def talk(peer: socket.socket, lines: BinaryIO) -> None:
        peer.sendall(b"* OK [CAPABILITY IMAP4rev1 AUTH=PLAIN] echo\r\n")
        for line in lines:
            tag, _, rest = line.strip().partition(b" ")
            if rest.upper().startswith(b"CAPABILITY"):
                peer.sendall(b"* CAPABILITY IMAP4rev1 AUTH=PLAIN\r\n" + tag + b" OK done\r\n")
            elif rest.upper().startswith(b"LOGIN"):
                peer.sendall(tag + b" NO wrong: " + how(rest.split()[-1]) + b"\r\n")
            else:
                peer.sendall(tag + b" BAD what\r\n")

    return talk
