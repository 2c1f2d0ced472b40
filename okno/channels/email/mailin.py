"""All doors for letters in one process: SMTP, and each channel's mailbox."""

import logging
import threading
import time

from django.conf import settings
from django.db import DatabaseError, InterfaceError, connections

from okno.channels.contract import Account
from okno.channels.email.imap_door import ImapDoor
from okno.channels.email.mailbox import mailbox_of
from okno.channels.email.smtp_door import SmtpDoor
from okno.channels.intake import account_of
from okno.desk.models import Channel
from okno.kit.crypto import Tampered

STOP_SECONDS = 4.0
log = logging.getLogger(__name__)


class MailIn:
    """Between `start` and `stop` letters come in. Channels that are added, changed or removed
    meanwhile are noticed within `look_seconds`."""

    def __init__(self, look_seconds: float = 10.0) -> None:
        self.smtp = _smtp_door()
        self._look_seconds = look_seconds
        self._doors: dict[int, ImapDoor] = {}
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._watch, name="mailboxes", daemon=True)

    def start(self) -> None:
        """Open the doors; raises OSError when the SMTP address is taken."""
        if self.smtp is not None:
            self.smtp.start()
        self._thread.start()

    def stop(self) -> None:
        """Close the doors, in less than 5 seconds."""
        self._stop.set()
        for door in list(self._doors.values()):
            door.ask_to_stop()
        if self.smtp is not None:
            self.smtp.stop()
        self._thread.join(STOP_SECONDS)

    def is_alive(self) -> bool:
        """Whether every door is open that should be."""
        doors = [door.is_alive() for door in list(self._doors.values())]
        return self._thread.is_alive() and all(doors) and (not self.smtp or self.smtp.is_alive())

    def _watch(self) -> None:
        while not self._stop.is_set():
            try:
                self._compare()
            except (DatabaseError, InterfaceError) as error:
                log.warning("channels cannot be looked up: %s", type(error).__name__)
                connections.close_all()
            self._stop.wait(self._look_seconds)
        self._close(list(self._doors))
        connections.close_all()

    def _compare(self) -> None:
        """Open, close and renew doors so that they are those of the active channels."""
        wanted = _accounts()
        self._close([pk for pk, door in self._doors.items() if door.account != wanted.get(pk)])
        for pk, account in wanted.items():
            mailbox = mailbox_of(account)
            if pk not in self._doors and mailbox is not None:
                self._doors[pk] = ImapDoor(account, mailbox)
                self._doors[pk].start()

    def _close(self, ids: list[int]) -> None:
        doors = [self._doors.pop(pk) for pk in ids]
        for door in doors:
            door.ask_to_stop()
        until = time.monotonic() + STOP_SECONDS - 0.5
        for door in doors:
            door.stop(max(0.2, until - time.monotonic()))


def _smtp_door() -> SmtpDoor | None:
    bind = settings.ENV["OKNO_SMTP_BIND"]
    if bind is None:
        return None
    host, port = bind
    return SmtpDoor(host, port, settings.ENV["OKNO_SMTP_CERT"], settings.ENV["OKNO_SMTP_KEY"])


def _accounts() -> dict[int, Account]:
    """The active e-mail channels, as their doors see them."""
    found = {}
    for channel in Channel.objects.filter(kind="email", is_active=True):
        try:
            found[channel.pk] = account_of(channel)
        except Tampered as error:
            log.warning("channel %s: %s", channel.pk, error)
    return found
