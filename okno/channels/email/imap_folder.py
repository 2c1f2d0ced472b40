"""Reads one mail folder: each letter is committed, then marked or moved; nothing else decides."""

import logging
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from django.conf import settings
from imapclient import DELETED, SEEN, IMAPClient
from imapclient.exceptions import IMAPClientError

from okno.channels.contract import Raw
from okno.channels.email.imap_letters import (
    MOST_TRIES,
    NOT_GIVEN,
    TOO_LARGE,
    Letters,
    still_there,
)
from okno.channels.email.imap_place import Place, find_place, known_place, uids_after
from okno.channels.email.mailbox import READ_ONLY, Mailbox, select
from okno.channels.email.message_ids import message_id_of
from okno.channels.email.smtp_session import LARGEST
from okno.channels.intake import Arrival, accept_all, came_elsewhere, move_position, set_aside
from okno.kit import clock
from okno.kit.failpoint import failpoint
from okno.spine import SYSTEM, unit

LOOK_AHEAD = 200
MOST_TOGETHER = 20
MOST_BYTES = 1024 * 1024
# Seconds between two tries for a letter that the server did not give: 5, 20, 80 ... an hour. It is
# shown as a stub after MOST_TRIES, in half a minute, and asked for on for some three days: a fault
# that passes loses nothing.
FIRST_ASK, LONGEST_ASK = 5.0, 3600.0
MOST_ASKS = 80
# What cannot be marked is not remembered for ever.
MOST_UNSETTLED = 1_000
NOT_SETTLED = "letters of the folder {name!r} are taken, but cannot be marked or moved: {said}"
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Waiting:
    uid: int
    size: int
    arrived_at: datetime


@dataclass
class Folder:
    """One folder of one channel's mailbox; lives longer than a connection. `trouble`: what the
    administrator should know though letters come in."""

    channel_id: int
    mailbox: Mailbox
    name: str
    stop: threading.Event
    letters: Letters = field(default_factory=Letters)
    place: Place | None = None
    trouble: str = ""
    _is_read_only: bool = False
    _ask_at: dict[int, float] = field(default_factory=dict)

    def read(self, client: IMAPClient) -> bool:
        """Take everything new, in order; returns whether there was anything.

        Raises one of mailbox.BROKEN, or the database's error."""
        told = select(client, self.name)
        self._is_read_only = bool(told.get(b"READ-ONLY"))
        self.trouble = READ_ONLY.format(name=self.name) if self._is_read_only else ""
        known = known_place(self.channel_id, self.name)
        self.place = find_place(client, known, told, self.mailbox.start)
        if self.place != known:
            self._remember()
        self.letters.see(self.place.validity)
        owed = self.place.owed
        self._ask_at = {uid: at for uid, at in self._ask_at.items() if str(uid) in owed}
        before = self.place
        self._settle(client)
        self._ask_again(client)
        while not self.stop.is_set() and (uids := uids_after(client, self.place.uid)):
            for group in self._groups(client, uids):
                self._take(client, group)
                if self.stop.is_set():
                    break
        if self.place != before:
            self._remember()
        return self.place != known

    def due_in(self) -> float:
        """Seconds until a letter that the server did not give is asked for again."""
        first = min(self._ask_at.values(), default=float("inf"))
        return max(0.0, first - time.monotonic())

    def _groups(self, client: IMAPClient, uids: list[int]) -> Iterator[list[_Waiting]]:
        """The letters in order, as many together as are small; those that failed go alone."""
        for begin in range(0, len(uids), LOOK_AHEAD):
            window = uids[begin : begin + LOOK_AHEAD]
            told, owed = self.letters.about(client, window)
            for uid in owed:
                self._owe(uid)
            group: list[_Waiting] = []
            size = 0
            for uid in filter(told.__contains__, window):
                waiting = _waiting(uid, told[uid])
                is_alone = self.letters.is_careful(uid)
                full = len(group) >= MOST_TOGETHER or size + waiting.size > MOST_BYTES
                if group and (full or is_alone):
                    yield group
                    group, size = [], 0
                group.append(waiting)
                size += waiting.size
                if is_alone:
                    yield group
                    group, size = [], 0
            if group:
                yield group
            self._pass(window[-1])

    def _pass(self, uid: int) -> None:
        assert self.place is not None
        self.place = replace(self.place, uid=max(uid, self.place.uid))

    def _owe(self, uid: int) -> int:
        """Remember that the server gave nothing of a letter; returns how often it was asked."""
        assert self.place is not None
        tries = self.place.owed.get(str(uid), 0) + 1
        self.place = self.place.with_owed(uid, tries if tries < MOST_ASKS else 0)
        pause = min(FIRST_ASK * 4 ** min(tries - 1, 6), LONGEST_ASK)
        self._ask_at[uid] = time.monotonic() + pause * settings.ENV["OKNO_RETRY_SCALE"]
        return tries

    def _paid(self, uid: int) -> None:
        """A letter is owed no longer: it came, or is gone."""
        assert self.place is not None
        self.place = self.place.with_owed(uid, 0)
        self._ask_at.pop(uid, None)

    def _ask_again(self, client: IMAPClient) -> None:
        """Ask for letters that the server did not give when they came."""
        assert self.place is not None
        now = time.monotonic()
        # After a start nothing is known of when they were asked for.
        due = [uid for uid in map(int, self.place.owed) if self._ask_at.get(uid, 0.0) <= now]
        for uid in due:
            told, owed = self.letters.about(client, [uid])
            if not told and not owed and not still_there(client, [uid]):
                self._paid(uid)
            elif owed or not self._take(client, [_waiting(uid, told[uid])]):
                self._missing(client, uid)
            self._remember()

    def _missing(self, client: IMAPClient, uid: int) -> None:
        if self._owe(uid) == MOST_TRIES:
            self._set_aside(uid, NOT_GIVEN, self.letters.head(client, uid))

    def _take(self, client: IMAPClient, group: list[_Waiting]) -> bool:
        """Accept letters and move the place behind them; returns whether the server gave them."""
        assert self.place is not None
        wanted = [w for w in group if not self.place.is_unwanted(w.uid, w.arrived_at)]
        small = [w.uid for w in wanted if w.size <= LARGEST]
        bodies, not_given = self.letters.fetch(client, small)
        failpoint("imap.after_fetch")
        came = [self._arrival(w, bodies[w.uid]) for w in wanted if w.uid in bodies]
        arrivals = [arrival for arrival in came if arrival is not None]
        is_again = str(group[0].uid) in self.place.owed
        for uid in () if is_again else not_given:
            self._owe(uid)
        for uid in [w.uid for w in group if w.uid not in not_given]:
            self._paid(uid)
        place = self.place
        unsettled = [*place.unsettled, *bodies][-MOST_UNSETTLED:]
        after = replace(place, uid=max(place.uid, group[-1].uid), unsettled=unsettled)
        for uid in [w.uid for w in wanted if w.size > LARGEST]:
            self._set_aside(uid, TOO_LARGE, self.letters.head(client, uid))
        for uid in self.letters.given_up(small):
            self._set_aside(uid, NOT_GIVEN, b"")
        accept_all(arrivals, [(self.channel_id, self.name[:200], after.value())], via="imap")
        self.place = after
        self.letters.forget(small)
        failpoint("imap.after_commit_before_move")
        self._settle(client)
        return not not_given

    def _arrival(self, waiting: _Waiting, body: bytes) -> Arrival | None:
        """A letter as accepted; None for one without an id that came from elsewhere before."""
        assert self.place is not None
        place, uid = self.place, waiting.uid
        is_old = place.is_old(uid, waiting.arrived_at)
        name = message_id_of(body)
        found = Arrival(self.channel_id, self._raw(uid, body), name or self._name(uid), is_old)
        here = self._name(uid if uid <= place.again else None)
        return found if name or not came_elsewhere(found, here) else None

    def _name(self, uid: int | None) -> str:
        """A name for a letter without one: two of the same bytes are two, at different UIDs.
        Without a UID what all names of this folder begin with."""
        assert self.place is not None
        folder = f"imap:{self.name[:200]}:"
        return folder if uid is None else f"{folder}{self.place.validity}:{uid}"

    def _raw(self, uid: int, body: bytes) -> Raw:
        assert self.place is not None
        return Raw(body, {"folder": self.name, "uid": uid, "validity": self.place.validity})

    def _set_aside(self, uid: int, why: str, head: bytes) -> None:
        """A letter that cannot be taken is shown as such and stays in the mailbox untouched."""
        assert self.place is not None
        # One that may still come must not look like a twin of its stub.
        known = message_id_of(head) if why == TOO_LARGE else ""
        name = known or f"stub:{self._name(uid)}"
        log.warning("letter %s of channel %s set aside: %s", uid, self.channel_id, why)
        set_aside(Arrival(self.channel_id, self._raw(uid, head), name), why, via="imap")

    def _settle(self, client: IMAPClient) -> None:
        """Mark or move what is committed; what the server refuses is tried again next time."""
        assert self.place is not None
        uids = self.place.unsettled
        if not uids:
            return
        try:
            if not self._is_read_only:
                _put_away(client, uids, self.mailbox.after)
        except IMAPClient.AbortError:
            raise
        except IMAPClientError as error:
            self.trouble = NOT_SETTLED.format(name=self.name, said=str(error)[:200])
            return
        failpoint("imap.after_move")
        self.place = replace(self.place, unsettled=[])

    def _remember(self) -> None:
        assert self.place is not None
        with unit(SYSTEM, "imap"):
            move_position(self.channel_id, self.name[:200], self.place.value())


def _waiting(uid: int, seen: dict[bytes, Any]) -> _Waiting:
    # Without its date a letter is one that has just come.
    return _Waiting(uid, seen[b"RFC822.SIZE"], seen.get(b"INTERNALDATE") or clock.now())


def _put_away(client: IMAPClient, uids: list[int], after: str) -> None:
    """Repeating it does no harm: UIDs that are gone are passed over (RFC 9051 section 6.4.9)."""
    target = after.removeprefix("move:")
    if after.startswith("move:"):
        if client.has_capability("MOVE"):
            client.move(uids, target)
            return
        client.copy(uids, target)
    elif after != "delete":
        client.add_flags(uids, [SEEN], silent=True)
        return
    client.add_flags(uids, [DELETED], silent=True)
    if client.has_capability("UIDPLUS"):
        # A plain EXPUNGE would also remove what other clients have marked.
        client.uid_expunge(uids)
