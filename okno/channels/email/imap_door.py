"""One mailbox as a door: the mailbox is the queue until our commit."""

import logging
import threading
import time

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connection, connections
from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from okno.channels.contract import Account
from okno.channels.email.imap_folder import Folder
from okno.channels.email.mailbox import BROKEN, Mailbox, connect, plain, select
from okno.channels.intake import TROUBLE_IN
from okno.desk import actions
from okno.desk.models import Channel
from okno.spine import SYSTEM, unit

FIRST_PAUSE, LONGEST_PAUSE = 5.0, 300.0
# Servers end an idle session after half an hour (RFC 2177).
LONGEST_IDLE = 9 * 60.0
# A letter that arrives between our last look and IDLE, within the same second, is told by some
# servers only with the next one (Dovecot goes by the folder's time stamp): look again soon.
AFTER_NEWS = 2.0
# "mail" in ASCII: one process at a time reads a mailbox.
TURN_LOCK = 0x6D61696C
log = logging.getLogger(__name__)


class ImapDoor:
    """Reads the mailbox of one channel in a thread of its own, between `start` and `stop`."""

    def __init__(self, account: Account, mailbox: Mailbox) -> None:
        self.account = account
        self.mailbox = mailbox
        self._stop = threading.Event()
        self._folders = [Folder(account.id, mailbox, name, self._stop) for name in mailbox.folders]
        self._client: IMAPClient | None = None
        self._turn: object | None = None
        self._pause = FIRST_PAUSE
        self._is_working = False
        self._told = ""
        self._thread = threading.Thread(target=self._run, name=f"imap-{account.id}", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def ask_to_stop(self) -> None:
        """Begin to end: no new letter is fetched."""
        self._stop.set()

    def stop(self, seconds: float = 4.0) -> None:
        """End; a server that does not answer is left within `seconds`."""
        self._stop.set()
        self._thread.join(seconds / 2)
        client = self._client
        if self._thread.is_alive() and client is not None:
            client.shutdown()
        self._thread.join(seconds / 2)

    def is_alive(self) -> bool:
        return self._thread.is_alive()

    def _run(self) -> None:
        while not self._stop.is_set():
            came = self._came()
            try:
                if self._has_turn():
                    self._visit()
                else:
                    self._pause = FIRST_PAUSE
            except BROKEN as error:
                if self._is_working:
                    # A line that was lost is no news until the next try fails as well.
                    self._is_working = False
                else:
                    self._in_trouble(plain(error, self.mailbox))
            except (DatabaseError, InterfaceError) as error:
                log.warning("mailbox waits for the database: %s", type(error).__name__)
                connections.close_all()
            except Exception:
                log.exception("mailbox of channel %s", self.account.id)
                self._in_trouble("an error in Okno itself; see the log")
            if self._came() > came:
                self._pause = FIRST_PAUSE
            self._stop.wait(self._pause * settings.ENV["OKNO_RETRY_SCALE"])
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
        connections.close_all()

    def _came(self) -> int:
        """How much was fetched so far: on a bad line every visit gets a little further."""
        return sum(folder.letters.came for folder in self._folders)

    def _has_turn(self) -> bool:
        """Whether this process reads the mailbox. On SQLite the lock of `okno serve` says so; on
        PostgreSQL a lock that goes with the database session."""
        if connection.vendor != "postgresql":
            return True
        connection.ensure_connection()
        if self._turn is not connection.connection:
            with connection.cursor() as cursor:
                cursor.execute("SELECT pg_try_advisory_lock(%s, %s)", [TURN_LOCK, self.account.id])
                has_turn = bool(cursor.fetchone()[0])
            self._turn = connection.connection if has_turn else None
        return self._turn is not None

    def _visit(self) -> None:
        """Stay connected, read and wait, until told to stop or something breaks."""
        client = self._client = connect(self.mailbox)
        try:
            self._prepare(client)
            while not self._stop.is_set() and self._has_turn():
                news = [folder.read(client) for folder in self._folders]
                self._works()
                due = min(folder.due_in() for folder in self._folders)
                self._wait(client, min(due, AFTER_NEWS if any(news) else LONGEST_IDLE))
        finally:
            self._client = None
            client.shutdown()

    def _prepare(self, client: IMAPClient) -> None:
        target = self.mailbox.after.removeprefix("move:")
        if target == self.mailbox.after or client.folder_exists(target):
            return
        try:
            client.create_folder(target)
        except IMAPClient.AbortError:
            raise
        except IMAPClientError as error:
            # Letters come in all the same; that they cannot be moved is told when they are.
            log.warning("channel %s: no folder is made: %s", self.account.id, error)

    def _wait(self, client: IMAPClient, most: float) -> None:
        """Until there may be something new: the server says so, or time is up."""
        until = time.monotonic() + min(settings.ENV["OKNO_IMAP_POLL_SECONDS"], most)
        if not client.has_capability("IDLE"):
            self._stop.wait(until - time.monotonic())
            return
        if len(self._folders) > 1:
            select(client, self._folders[0].name)
        client.idle()
        silent = 0
        while silent < 5 and not self._stop.is_set() and time.monotonic() < until:
            begun = time.monotonic()
            lines = client.idle_check(timeout=0.5)
            if any(b"EXISTS" in line for line in lines):
                break
            # Readable with nothing to read, again and again: the connection has ended.
            silent = silent + 1 if not lines and time.monotonic() - begun < 0.1 else 0
            if silent:
                self._stop.wait(0.1)
        client.idle_done()

    def _works(self) -> None:
        self._pause = FIRST_PAUSE
        self._is_working = True
        words = next((folder.trouble for folder in self._folders if folder.trouble), "")
        if words:
            self._in_trouble(words)
            return
        row = Channel.objects.filter(pk=self.account.id, trouble__startswith=TROUBLE_IN)
        self._told = ""
        if row.exists():
            with unit(SYSTEM, "imap"):
                actions.mark_working(self.account.id)

    def _in_trouble(self, words: str) -> None:
        if self._stop.is_set():
            return
        if words != self._told:
            log.warning("mailbox of channel %s: %s", self.account.id, words)
        self._told = words
        try:
            with unit(SYSTEM, "imap"):
                actions.mark_trouble(self.account.id, TROUBLE_IN + words)
        except (DatabaseError, InterfaceError):
            connections.close_all()
