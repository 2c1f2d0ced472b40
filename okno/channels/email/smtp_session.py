"""One SMTP session of the letter door (RFC 5321), on aiosmtpd.

The letter itself is read here, in large pieces: aiosmtpd reads line by line, refuses long lines and
keeps a line that never ends in memory. A letter ends at CR LF dot CR LF and nowhere else, so that
no bare LF or CR in it can smuggle a second one in.
"""

import asyncio
import logging
from typing import Any

from aiosmtpd.smtp import SMTP

from okno.channels.email.recipients import Recipients
from okno.channels.intake import Arrival

LARGEST = 25 * 1024 * 1024
MOST_RECIPIENTS = 100
MOST_CONNECTIONS = 200
# All letters on their way in together; above it the sender is asked to come again.
MOST_IN_FLIGHT = 256 * 1024 * 1024
IDLE_SECONDS = 120.0
SESSION_SECONDS = 1800.0
_END = b"\r\n.\r\n"
_PIECE = 64 * 1024

log = logging.getLogger(__name__)


class House:
    """What the sessions of one door share."""

    def __init__(self) -> None:
        self.recipients = Recipients()
        self.sessions: set[Session] = set()
        self.in_flight = 0


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
        self._is_read_when_more = False
        # Letters without an id that were accepted last.
        self.unheard: tuple[Arrival, ...] = ()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin, unless too many are here already. Called again after STARTTLS."""
        self._house.sessions.add(self)
        super().connection_made(transport)
        if self._end_of_session is None:
            # A client that drips a byte a minute never idles.
            self._end_of_session = self.loop.call_later(SESSION_SECONDS, self.hang_up)
        if len(self._house.sessions) > MOST_CONNECTIONS:
            self._writer.write(b"421 4.7.0 too many connections, try again later\r\n")
            self._writer.close()

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
        content, error = await self._letter()
        if error:
            await self.push(error)
        else:
            self.envelope.content = content
            await self.push(await self._call_handler_hook("DATA"))
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
        pieces: list[bytes] = []
        size, error, is_whole = 0, "", False
        try:
            while not is_whole:
                piece, is_whole = await self._piece()
                self._reset_timeout()
                size += len(piece)
                self._house.in_flight += len(piece)
                pieces.append(piece)
                if size > LARGEST + len(_END) + 2:
                    error = error or "552 5.3.4 the letter is larger than 25 MB"
                elif self._house.in_flight > MOST_IN_FLIGHT:
                    error = error or "452 4.3.1 too many letters at once, try again later"
                if error:
                    # Read on to the end, or the sender never sees the answer; keep nothing.
                    self._house.in_flight -= sum(map(len, pieces))
                    pieces.clear()
        finally:
            self._house.in_flight -= sum(map(len, pieces))
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
