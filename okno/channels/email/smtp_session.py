"""One SMTP session of the letter door (RFC 5321), on aiosmtpd.

The letter itself is read here, in large pieces: aiosmtpd reads line by line, refuses long lines and
keeps a line that never ends in memory. A letter ends at CR LF dot CR LF and nowhere else, so that
no bare LF or CR in it can smuggle a second one in.
"""

import asyncio
import contextlib
import logging
import time
from collections import defaultdict
from typing import Any

from aiosmtpd.smtp import SMTP

from okno.channels.email.recipients import Recipients
from okno.channels.intake import Arrival
from okno.kit.networks import is_this_machine, network_of
from okno.kit.shares import Shares

LARGEST = 25 * 1024 * 1024
MOST_RECIPIENTS = 100
MOST_CONNECTIONS = 200
MOST_OF_A_NETWORK = 50
# Who has begun a letter and is silent for so long may lose the place to somebody else.
SILENT_SECONDS = 10.0
# All letters on their way in together; above it the sender is asked to come again.
MOST_IN_FLIGHT = 256 * 1024 * 1024
IDLE_SECONDS = 120.0
SESSION_SECONDS = 1800.0
# Of a letter, on top of the time to be idle.
BYTES_PER_SECOND = 10_000
_END = b"\r\n.\r\n"
_PIECE = 64 * 1024

log = logging.getLogger(__name__)


class Room:
    """The memory for letters on their way in: all of it, and what one network may have of it."""

    def __init__(self) -> None:
        self._all = Shares(MOST_IN_FLIGHT)
        self._of_network = Shares(MOST_IN_FLIGHT // 4)

    def take(self, network: str, size: int) -> bool:
        """Whether there was room for so much more."""
        if not self._of_network.take(network, size):
            return False
        if self._all.take("all", size):
            return True
        self._of_network.give_back(network, size)
        return False

    @property
    def in_use(self) -> int:
        """Bytes, of all."""
        return self._all.of("all")

    def give_back(self, network: str, size: int) -> None:
        """A letter is committed, or not taken."""
        self._of_network.give_back(network, size)
        self._all.give_back("all", size)


class House:
    """What the sessions of one door share."""

    def __init__(self) -> None:
        self.recipients = Recipients()
        self.sessions: set[Session] = set()
        self.room = Room()

    @property
    def in_flight(self) -> int:
        """Bytes of letters that are being read or committed."""
        return self.room.in_use

    def admit(self, newcomer: "Session") -> bool:
        """Find a place for a new session: where all are taken, of its network or in all, that of
        the longest silent one; of the network that holds most, where it is all."""
        self.sessions.add(newcomer)
        by_network: dict[str, list[Session]] = defaultdict(list)
        for session in self.sessions:
            by_network[session.network].append(session)
        own = by_network[newcomer.network]
        if len(own) > MOST_OF_A_NETWORK:
            return self._end_one(own, newcomer)
        if len(self.sessions) > MOST_CONNECTIONS:
            return self._end_one(max(by_network.values(), key=len), newcomer)
        return True

    def _end_one(self, among: "list[Session]", newcomer: "Session") -> bool:
        idle = [one for one in among if one is not newcomer and one.is_silent()]
        if idle:
            min(idle, key=lambda one: one.heard_at).give_way()
        return bool(idle)


class Session(SMTP):
    """One connection. `handler` has the hooks RCPT and DATA, and `note_heard`."""

    line_length_limit = _PIECE

    def __init__(self, house: House, handler: Any, **options: Any) -> None:
        super().__init__(
            handler,
            data_size_limit=LARGEST,
            enable_SMTPUTF8=True,
            ident="Okno",
            timeout=IDLE_SECONDS,
            **options,
        )
        self._house = house
        self._end_of_session: asyncio.TimerHandle | None = None
        self.network = self._peer = ""
        self.heard_at = time.monotonic()
        self._is_at_work = False
        self._is_read_when_more = False
        # Letters without an id that were accepted last.
        self.unheard: tuple[Arrival, ...] = ()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, unless too many are here already. Called again after STARTTLS."""
        super().connection_made(transport)
        if self._end_of_session is not None:
            return
        # A client that drips a byte a minute never idles.
        self._end_of_session = self.loop.call_later(SESSION_SECONDS, self.hang_up)
        self._peer = str((transport.get_extra_info("peername") or ("",))[0])
        with contextlib.suppress(ValueError):
            self.network = network_of(self._peer)
        if not self._house.admit(self):
            self._end(b"421 4.7.0 too many connections, try again later\r\n")

    def is_silent(self) -> bool:
        """Whether nothing is under way here: no letter was begun, or its sender says nothing."""
        has_begun = self.envelope is not None and self.envelope.mail_from is not None
        is_quick = time.monotonic() - self.heard_at < SILENT_SECONDS
        return not self._is_at_work and not (has_begun and is_quick)

    def give_way(self) -> None:
        """Leave the place to somebody else."""
        self._house.sessions.discard(self)
        self._end(b"421 4.7.0 idle while others wait, try again later\r\n")

    def _end(self, last_words: bytes) -> None:
        self._writer.write(last_words)
        self._writer.close()

    def _reset_timeout(self, duration: float | None = None) -> None:
        self.heard_at = time.monotonic()
        super()._reset_timeout(duration)

    def connection_lost(self, error: Exception | None) -> None:
        """The connection is over."""
        self._house.sessions.discard(self)
        if self._end_of_session is not None:
            self._end_of_session.cancel()
        super().connection_lost(error)

    def hang_up(self) -> None:
        """Close the connection now."""
        if self.transport is not None:
            self.transport.close()

    async def smtp_DATA(self, arg: str) -> None:
        """Read the letter and give it to the handler; the answer says whether it is ours now."""
        refusal = self._refusal(arg)
        if refusal:
            await self.push(refusal)
            return
        assert self.envelope is not None
        if self._reader._buffer:  # type: ignore[attr-defined]
            # Nothing may come before we said 354 (RFC 2920 section 3.1): a letter sent blind
            # could be taken for commands by one side and for text by the other.
            await self.push("554 5.5.0 improper pipelining")
            self.hang_up()
            return
        await self.push("354 end with <CRLF>.<CRLF>")
        self._is_at_work = True
        try:
            content, error = await self._letter()
            if not error:
                self.envelope.content = content
                await self.push(await self._call_handler_hook("DATA"))
        finally:
            self._is_at_work = False
        if error:
            await self.push(error)
        else:
            # What was written behind the letter was written before our answer was read.
            self._is_read_when_more = not self._reader._buffer  # type: ignore[attr-defined]
        self._set_post_data_state()  # type: ignore[no-untyped-call]

    async def smtp_MAIL(self, arg: str | None) -> None:
        """Another letter: the answer to the one before was read."""
        await self._note_heard()
        await super().smtp_MAIL(arg)

    async def smtp_RSET(self, arg: str) -> None:
        """As MAIL."""
        await self._note_heard()
        await super().smtp_RSET(arg)

    async def smtp_QUIT(self, arg: str) -> None:
        """As MAIL."""
        await self._note_heard()
        await super().smtp_QUIT(arg)

    async def _note_heard(self) -> None:
        """Who goes on has read our 250 and will not send this letter again; one who hangs up
        without a word may (RFC 5321 section 4.5.4.2)."""
        if self._is_read_when_more:
            self._is_read_when_more = False
            await self.event_handler.note_heard(self)

    def _refusal(self, arg: str) -> str:
        assert self.session is not None and self.envelope is not None
        if not self.session.host_name:
            return "503 5.5.1 say EHLO first"
        if not self.envelope.rcpt_tos:
            return "503 5.5.1 no valid recipient"
        return "501 5.5.4 DATA takes no words" if arg else ""

    async def _letter(self) -> tuple[bytes, str]:
        """The letter without its final dot and doubled dots, or why it is not taken."""
        # So that a first line "." is found like any other.
        self._reader.feed_data(b"\r\n")
        whose = "" if is_this_machine(self._peer) else self.network
        began, room = time.monotonic(), self._house.room
        pieces: list[bytes] = []
        size, kept, error, is_whole = 0, 0, "", False
        try:
            while not is_whole:
                piece, is_whole = await self._piece()
                self._reset_timeout()
                size += len(piece)
                if time.monotonic() > began + IDLE_SECONDS + size / BYTES_PER_SECOND:
                    self._end(b"421 4.4.2 the letter comes too slowly, try again later\r\n")
                    raise ConnectionResetError
                if size > LARGEST + len(_END) + 2:
                    error = error or "552 5.3.4 the letter is larger than 25 MB"
                elif not error and not room.take(whose, len(piece)):
                    error = "452 4.3.1 too many letters at once, try again later"
                if error:
                    # Read on to the end, or the sender never sees the answer; keep nothing.
                    pieces.clear()
                else:
                    kept += len(piece)
                    pieces.append(piece)
        finally:
            room.give_back(whose, kept)
        if error:
            return b"", error
        wire = b"".join(pieces)
        return wire[: -len(_END) + 2].replace(b"\r\n..", b"\r\n.")[2:], ""

    async def _piece(self) -> tuple[bytes, bool]:
        """Some more of the letter, and whether its end is in it."""
        try:
            return await self._reader.readuntil(_END), True
        except asyncio.LimitOverrunError as error:
            return await self._reader.readexactly(error.consumed), False
