"""Words between the processes of one command: datagrams, lost when nobody has room for them."""

from __future__ import annotations

import select
import socket
from collections.abc import Sequence

_LONGEST_BYTES = 65_536


class Siblings:
    """One process among others: where it hears them, and where it tells them."""

    def __init__(self, own: socket.socket, others: Sequence[socket.socket]) -> None:
        self._own, self._others = own, others

    def tell(self, text: str) -> None:
        """Say it to the others, without waiting; one that is away or too busy misses it."""
        for other in self._others:
            try:
                other.send(text.encode(), socket.MSG_DONTWAIT)
            except OSError:
                continue

    def hear(self, seconds: float) -> list[str]:
        """What the others have said by now; waits for the first of it for `seconds` at most."""
        heard: list[str] = []
        if select.select([self._own], [], [], seconds)[0]:
            try:
                while True:
                    said = self._own.recv(_LONGEST_BYTES, socket.MSG_DONTWAIT)
                    heard.append(said.decode())
            except BlockingIOError:
                pass
        return heard


def circle(count: int) -> list[Siblings]:
    """One for each of `count` processes, to be made before they are forked."""
    pairs = [socket.socketpair(type=socket.SOCK_DGRAM) for _ in range(count)]
    return [
        Siblings(own, [far for _, far in pairs[:at] + pairs[at + 1 :]])
        for at, (own, _) in enumerate(pairs)
    ]
