"""Where letters come in by SMTP, as for the MX of a domain: no sign-in, known recipients only.

The 250 to a letter is written after the commit that holds its bytes, and never else.
"""

import asyncio
import logging
import socket
import ssl
import threading
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from django.conf import settings
from django.db import connections

from okno.channels.contract import Raw
from okno.channels.email.committer import Committer
from okno.channels.email.message_ids import message_id_of
from okno.channels.email.smtp_session import MOST_RECIPIENTS, House, Session
from okno.channels.intake import Arrival

log = logging.getLogger(__name__)
_LATER = "451 4.3.0 cannot take it now, try again later"


class _Handler:
    """The hooks of aiosmtpd: one for each recipient, one for the letter."""

    def __init__(self, house: House, committer: Committer) -> None:
        self._house = house
        self._committer = committer
        self._asking = ThreadPoolExecutor(1, "smtp-recipients")

    def close(self) -> None:
        """End the thread that asks the database."""
        self._asking.submit(connections.close_all)
        self._asking.shutdown()

    async def handle_RCPT(
        self, server: Any, session: Any, envelope: Any, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= MOST_RECIPIENTS:
            return "452 4.5.3 too many recipients"
        try:
            channel_id = self._house.recipients.known(address)
            if channel_id is None:
                loop = asyncio.get_running_loop()
                channel_id = await loop.run_in_executor(self._asking, self._look_up, address)
        except Exception as error:
            log.warning("recipients cannot be looked up: %s", type(error).__name__)
            return _LATER
        if channel_id is None:
            return "550 5.1.1 no such mailbox here"
        envelope.rcpt_tos.append(address)
        envelope.rcpt_options.extend(options)
        envelope.channels = {*getattr(envelope, "channels", ()), channel_id}
        return "250 2.1.5 ok"

    def _look_up(self, address: str) -> int | None:
        try:
            return self._house.recipients.channel_of(address)
        except Exception:
            connections.close_all()
            raise

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        raw = Raw(
            envelope.content,
            {
                "sender": _plain((envelope.mail_from or "").strip("<>")),
                "recipients": [_plain(address) for address in envelope.rcpt_tos],
                "peer": str((session.peer or ("",))[0]),
            },
        )
        name = message_id_of(raw.body)
        arrivals = tuple(Arrival(pk, raw, name) for pk in sorted(envelope.channels))
        server.unheard = ()
        if await self._commit(arrivals) is not None:
            return _LATER
        # A name tells a second try from another letter; without one, the way the session goes on.
        server.unheard = () if name else arrivals
        return "250 2.0.0 accepted"

    async def note_heard(self, server: Session) -> None:
        """The sender of the last letter of a session knows that it is ours."""
        unheard, server.unheard = server.unheard, ()
        if unheard:
            await self._commit(unheard, is_heard=True)

    async def _commit(
        self, arrivals: tuple[Arrival, ...], *, is_heard: bool = False
    ) -> Exception | None:
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Exception | None] = loop.create_future()

        def tell(error: Exception | None) -> None:
            if not answer.done():
                answer.set_result(error)

        def done(error: Exception | None) -> None:
            loop.call_soon_threadsafe(tell, error)

        self._committer.submit(arrivals, done, is_heard=is_heard)
        return await answer


def _plain(text: str) -> str:
    """An envelope address as text that any database takes."""
    return "".join(c for c in text if c.isprintable())[:320]


class SmtpDoor:
    """Listens on `host` and `port` (0: a free one, then in `port`) between `start` and `stop`.

    With `cert` and `key` (PEM files) STARTTLS is offered, not required.
    """

    def __init__(self, host: str, port: int, cert: str = "", key: str = "") -> None:
        self.host, self.port = host, port
        self._cert, self._key = cert, key
        self._house = House()
        self._committer = Committer("smtp")
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._run, name="smtp-door", daemon=True)
        self._handler = _Handler(self._house, self._committer)
        self._server: asyncio.Server | None = None

    def start(self) -> None:
        """Listen; raises OSError when the address is taken or the certificate is not readable."""
        tls = None
        if self._cert and self._key:
            tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
            tls.load_cert_chain(self._cert, self._key)
        family = socket.AF_INET6 if ":" in self.host else socket.AF_INET
        listener = socket.create_server((self.host, self.port), family=family, backlog=256)
        self.port = listener.getsockname()[1]
        self._committer.start()
        self._thread.start()
        asyncio.run_coroutine_threadsafe(self._listen(listener, tls), self._loop).result(10)

    def _run(self) -> None:
        self._loop.run_forever()
        self._loop.close()

    async def _listen(self, listener: socket.socket, tls: ssl.SSLContext | None) -> None:
        def session() -> Session:
            name = settings.ENV["OKNO_SMTP_HOSTNAME"]
            return Session(
                self._house, self._handler, hostname=name, tls_context=tls, loop=self._loop
            )

        self._server = await self._loop.create_server(session, sock=listener)

    def stop(self) -> None:
        """Stop listening, answer what is being committed, hang up."""
        if not self._thread.is_alive():
            return
        self._loop.call_soon_threadsafe(self._close_listener)
        self._committer.stop()
        asyncio.run_coroutine_threadsafe(self._hang_up(), self._loop).result(5)
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)
        self._handler.close()

    def _close_listener(self) -> None:
        if self._server is not None:
            self._server.close()

    async def _hang_up(self) -> None:
        await asyncio.sleep(0)
        for session in list(self._house.sessions):
            session.hang_up()

    def is_alive(self) -> bool:
        """Whether it listens and can commit."""
        return self._thread.is_alive() and self._committer.is_alive()
