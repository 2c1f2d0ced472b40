"""The bytes of one SMTP connection: lines, letters, slow writing, cutting, TLS."""

import asyncio
import ssl

MAX_LINE = 4096


class Cut(Exception):
    """The connection is over: cut by a rule, or left by the client."""


class Wire:
    """Reads and writes for one session. `rate`, bytes per second, slows the next answer down."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer
        self._buffer = bytearray()
        self.rate: float | None = None
        self.has_tls = writer.get_extra_info("ssl_object") is not None

    async def write(self, text: str) -> None:
        """Send the lines of `text`; returns when the system has them."""
        data = text.encode() + b"\r\n"
        rate, self.rate = self.rate, None
        for part in (data[i : i + 1] for i in range(len(data))) if rate else (data,):
            self._writer.write(part)
            await self._writer.drain()
            if rate:
                await asyncio.sleep(1 / rate)

    async def line(self) -> str:
        """The next line without its end. Raises Cut at the end of the stream."""
        while (end := self._buffer.find(b"\r\n")) < 0:
            if len(self._buffer) > MAX_LINE:
                await self.write("500 5.5.2 Line too long")
                raise Cut
            await self._fill()
        text = self._buffer[:end].decode("utf-8", "surrogateescape")
        del self._buffer[: end + 2]
        return text

    async def letter(self, rate: float | None, cut_after: int | None) -> bytes:
        """The letter up to the lone dot, which is taken off, as are doubled dots (RFC 5321, 4.5.2).

        Reads `rate` bytes per second; raises Cut when `cut_after` bytes are in.
        """
        wire = bytearray(b"\r\n")  # so that a first line "." is found like any other
        wire += self._buffer
        self._buffer.clear()
        searched = 0
        while (end := wire.find(b"\r\n.\r\n", searched)) < 0:
            searched = max(0, len(wire) - 4)
            if cut_after is not None and len(wire) - 2 >= cut_after:
                self.cut()
            await self._fill(rate, cut_after)
            wire += self._buffer
            self._buffer.clear()
        if cut_after is not None and end >= cut_after:
            self.cut()
        self._buffer += wire[end + 5 :]
        return bytes(wire[2 : end + 2]).replace(b"\r\n..", b"\r\n.").removeprefix(b".")

    async def _fill(self, rate: float | None = None, most: int | None = None) -> None:
        size = max(1, int(rate)) if rate else min(65536, most or 65536)
        data = await self._reader.read(size)
        if not data:
            raise Cut
        self._buffer += data
        if rate:
            await asyncio.sleep(len(data) / rate)

    async def start_tls(self, context: ssl.SSLContext) -> None:
        """Go over to TLS; what came before in plain text is thrown away (RFC 3207, 4.2)."""
        self._buffer.clear()
        await self._writer.start_tls(context)
        self.has_tls = True

    def cut(self) -> None:
        """Cut the connection at once; always raises Cut."""
        self._writer.transport.abort()
        raise Cut

    async def babble(self) -> None:
        """Send bytes that are no TLS, then close."""
        self._writer.write(b"\x15 this is not the handshake you were promised \r\n" * 3)
        await self._writer.drain()
        raise Cut
