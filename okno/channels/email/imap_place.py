"""How far a mail folder is read: UIDVALIDITY and UID, never the unread flag."""

from dataclasses import asdict, dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from imapclient import IMAPClient

from okno.channels.models import Position
from okno.kit import clock

# Clocks of mail servers and ours differ a little.
CLOCK_SLACK = timedelta(hours=1)


@dataclass(frozen=True)
class Place:
    """`uid` is the last letter taken. Letters up to `old` were there when the mailbox was connected
    at `since`; none from before `earliest` are wanted. Letters up to `again` are met again under
    new UIDs. `unsettled` are taken and not yet marked or moved; `owed` are passed over because the
    server gave nothing of them, with how often they were asked for."""

    validity: int
    uid: int
    old: int
    since: str
    earliest: str = ""
    again: int = 0
    unsettled: list[int] = field(default_factory=list)
    owed: dict[str, int] = field(default_factory=dict)

    def value(self) -> dict[str, Any]:
        """As it is kept in channels.Position."""
        kept = asdict(self)
        if not self.owed:
            # A program of the version before, running beside this one, does not know it.
            del kept["owed"]
        return kept

    def with_owed(self, uid: int, tries: int) -> "Place":
        """The place when a letter was asked for so often; 0: it is no longer owed."""
        owed = {name: count for name, count in self.owed.items() if name != str(uid)}
        return replace(self, owed={**owed, str(uid): tries} if tries else owed)

    def is_unwanted(self, uid: int, arrived_at: datetime) -> bool:
        """Whether a letter met again is from before what was asked for."""
        if uid > self.again or not self.earliest:
            return False
        return arrived_at < datetime.fromisoformat(self.earliest) - CLOCK_SLACK

    def is_old(self, uid: int, arrived_at: datetime) -> bool:
        """Whether a letter was there before the mailbox was connected: it is taken quietly."""
        if uid <= self.again:
            return arrived_at < datetime.fromisoformat(self.since)
        return uid <= self.old


def known_place(channel_id: int, folder: str) -> Place | None:
    """Where reading stopped; None before the first look."""
    row = Position.objects.filter(channel_id=channel_id, name=folder[:200]).first()
    return Place(**row.value) if row else None


def find_place(
    client: IMAPClient, known: Place | None, told: dict[bytes, int], start: str
) -> Place:
    """Where to go on in the open folder; `told` is the server's answer to SELECT.

    Under another UIDVALIDITY all UIDs mean other letters (RFC 9051 section 2.3.1.1), so the folder
    is read again from its beginning; what is known is recognised by its bytes.
    """
    validity = int(told.get(b"UIDVALIDITY", 0))
    if known is not None and known.validity == validity:
        return known
    last = _last_uid(client, told)
    if known is None:
        return _first(client, validity, last, start)
    return replace(known, validity=validity, uid=0, old=0, again=last, unsettled=[], owed={})


def _last_uid(client: IMAPClient, told: dict[bytes, int]) -> int:
    next_uid = int(told.get(b"UIDNEXT", 0))
    return next_uid - 1 if next_uid else max(client.search(["ALL"]), default=0)


def _first(client: IMAPClient, validity: int, last: int, start: str) -> Place:
    now = clock.now()
    if start == "all":
        return Place(validity, 0, last, now.isoformat())
    if start.startswith("days:"):
        earliest = now - timedelta(days=int(start[5:] or 0))
        wanted = client.search(["SINCE", earliest.date()])
        first = min(wanted, default=last + 1)
        return Place(validity, first - 1, last, now.isoformat(), earliest.isoformat())
    return Place(validity, last, last, now.isoformat(), now.isoformat())


def uids_after(client: IMAPClient, uid: int) -> list[int]:
    """UIDs of the open folder after `uid`, in order."""
    # `n:*` names the last letter even when it is before n.
    return sorted(u for u in client.search(["UID", f"{uid + 1}:*"]) if u > uid)
