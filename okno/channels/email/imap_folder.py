"""Reads one mail folder: each letter is committed, then marked or moved; nothing else decides."""

import logging
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime

from imapclient import DELETED, SEEN, IMAPClient
from imapclient.exceptions import IMAPClientError

from okno.channels.contract import Raw
from okno.channels.email.imap_letters import TOO_LARGE, Letters
from okno.channels.email.imap_place import Place, find_place, known_place, uids_after
from okno.channels.email.mailbox import Mailbox, select
from okno.channels.email.message_ids import message_id_of
from okno.channels.email.smtp_session import LARGEST
from okno.channels.intake import Arrival, accept_all, move_position, set_aside
from okno.kit.failpoint import failpoint
from okno.spine import SYSTEM, unit

LOOK_AHEAD = 200
MOST_TOGETHER = 20
MOST_BYTES = 1024 * 1024
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Waiting:
    uid: int
    size: int
    arrived_at: datetime


@dataclass
class Folder:
    """One folder of one channel's mailbox; lives longer than a connection."""

    channel_id: int
    mailbox: Mailbox
    name: str
    stop: threading.Event
    letters: Letters = field(default_factory=Letters)
    place: Place | None = None

    def read(self, client: IMAPClient) -> bool:
        """Take everything new, in order; returns whether there was anything.

        Raises one of mailbox.BROKEN, or the database's error."""
        told = select(client, self.name)
        known = known_place(self.channel_id, self.name)
        self.place = find_place(client, known, told, self.mailbox.start)
        if self.place != known:
            self._remember()
        self.letters.see(self.place.validity)
        before = self.place
        self._settle(client)
        while not self.stop.is_set() and (uids := uids_after(client, self.place.uid)):
            for group in self._groups(client, uids):
                self._take(client, group)
                if self.stop.is_set():
                    break
        if self.place != before:
            self._remember()
        return self.place != known

    def _groups(self, client: IMAPClient, uids: list[int]) -> Iterator[list[_Waiting]]:
        """The letters in order, as many together as are small; those that failed go alone."""
        for begin in range(0, len(uids), LOOK_AHEAD):
            window = uids[begin : begin + LOOK_AHEAD]
            told = client.fetch(window, ["RFC822.SIZE", "INTERNALDATE"])
            group: list[_Waiting] = []
            size = 0
            for uid in window:
                seen = told.get(uid)
                if seen is None or b"RFC822.SIZE" not in seen:
                    continue  # gone meanwhile: another client moved or deleted it
                waiting = _Waiting(uid, seen[b"RFC822.SIZE"], seen[b"INTERNALDATE"])
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

    def _take(self, client: IMAPClient, group: list[_Waiting]) -> None:
        assert self.place is not None
        place = self.place
        wanted = [w for w in group if not place.is_unwanted(w.uid, w.arrived_at)]
        small = [w.uid for w in wanted if w.size <= LARGEST]
        bodies = self.letters.fetch(client, small)
        failpoint("imap.after_fetch")
        arrivals = [
            Arrival(self.channel_id, self._raw(w.uid, body), message_id_of(body), is_quiet=old)
            for w in wanted
            for old in (place.is_old(w.uid, w.arrived_at),)
            if (body := bodies.get(w.uid))
        ]
        done = [w.uid for w in wanted if bodies.get(w.uid)]
        after = replace(place, uid=group[-1].uid, unsettled=[*place.unsettled, *done])
        for uid in [w.uid for w in wanted if w.size > LARGEST]:
            self._set_aside(uid, TOO_LARGE, self.letters.head(client, uid))
        for uid in self.letters.given_up(small):
            self._set_aside(uid, self.letters.why(uid), b"")
        accept_all(arrivals, [(self.channel_id, self.name[:200], after.value())], via="imap")
        self.place = after
        self.letters.forget(small)
        failpoint("imap.after_commit_before_move")
        self._settle(client)

    def _raw(self, uid: int, body: bytes) -> Raw:
        assert self.place is not None
        return Raw(body, {"folder": self.name, "uid": uid, "validity": self.place.validity})

    def _set_aside(self, uid: int, why: str, head: bytes) -> None:
        """A letter that cannot be taken is shown as such and stays in the mailbox untouched."""
        assert self.place is not None
        name = message_id_of(head) or f"imap:{self.name}:{self.place.validity}:{uid}"
        log.warning("letter %s of channel %s set aside: %s", uid, self.channel_id, why)
        set_aside(Arrival(self.channel_id, self._raw(uid, head), name), why, via="imap")

    def _settle(self, client: IMAPClient) -> None:
        """Mark or move what is committed; what the server refuses is tried again next time."""
        assert self.place is not None
        uids = self.place.unsettled
        if not uids:
            return
        try:
            _put_away(client, uids, self.mailbox.after)
        except IMAPClient.AbortError:
            raise
        except IMAPClientError as error:
            log.warning("channel %s: letters not put away: %s", self.channel_id, error)
            return
        failpoint("imap.after_move")
        self.place = replace(self.place, unsettled=[])

    def _remember(self) -> None:
        assert self.place is not None
        with unit(SYSTEM, "imap"):
            move_position(self.channel_id, self.name[:200], self.place.value())


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
