"""The listening side of the SMTP sink: takes connections or refuses them, as the rules say."""

import asyncio
import contextlib
import socket

from tests.stands.smtp_rules import Rules
from tests.stands.smtp_session import House, Session
from tests.stands.smtp_wire import Cut, Wire


class Listener:
    """The server itself, for an asyncio loop of any thread. `peak`: most connections at a time."""

    def __init__(self, house: House, port: int, is_implicit_tls: bool) -> None:
        self.connections = 0
        self.peak = 0
        self._house = house
        self._port = port
        self._implicit = house.tls if is_implicit_tls else None
        if is_implicit_tls:
            house.tls = None
        self._server: asyncio.Server | None = None
        self._open = 0

    async def obey(self, rules: Rules) -> None:
        """Put `rules` in force, and listen or not as they say."""
        self._house.rules = rules
        if rules.has("connect", "refuse"):
            await self.close()
        elif self._server is None:
            # A small limit: a slow reader must be felt by the sender, not hidden by our buffers.
            self._server = await asyncio.start_server(
                self._serve, "127.0.0.1", self._port, ssl=self._implicit, limit=16384
            )

    async def close(self) -> None:
        """Stop listening; open connections go on."""
        if self._server is not None:
            self._server.close()
            self._server = None

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        self._open += 1
        self.peak = max(self.peak, self._open)
        if self._house.rules.has("body", "slow"):
            peer: socket.socket = writer.get_extra_info("socket")
            peer.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        try:
            await Session(self._house, Wire(reader, writer), self.connections).run()
        except (Cut, OSError, asyncio.CancelledError):
            pass  # every session ends so: by QUIT, a rule, the client, or stop()
        finally:
            self._open -= 1
            with contextlib.suppress(OSError):
                writer.close()
