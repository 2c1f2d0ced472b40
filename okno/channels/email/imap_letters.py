"""Fetches letters, and keeps count of those at which connections end."""

from dataclasses import dataclass, field
from typing import Any

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

from okno.channels.email.smtp_session import LARGEST

MOST_TRIES = 3
TOO_LARGE = "the letter is larger than 25 MB; it is still in the mailbox"
NOT_GIVEN = "the mail server does not hand the letter over; it is still in the mailbox"
HEAD_BYTES = 64 * 1024
SMALLEST_PIECE = 1024
LARGEST_PIECE = 1024 * 1024
ABOUT = ["RFC822.SIZE", "INTERNALDATE"]


@dataclass
class _Hard:
    """A letter at which connections ended: how often in a row, and the pieces that came."""

    tries: int = 0
    got: bytearray = field(default_factory=bytearray)


class Letters:
    """What is known of the letters of one folder that failed. `came` counts what was fetched, in
    whole letters or pieces."""

    def __init__(self) -> None:
        self._validity = 0
        self._hard: dict[int, _Hard] = {}
        self.came = 0

    def see(self, validity: int) -> None:
        """Under another UIDVALIDITY these UIDs are other letters."""
        if validity != self._validity:
            self._hard.clear()
        self._validity = validity

    def is_careful(self, uid: int) -> bool:
        """Whether a connection has ended at this letter, alone or with others."""
        return uid in self._hard

    def given_up(self, uids: list[int]) -> list[int]:
        """At which of them connections ended too often."""
        return [uid for uid in uids if uid in self._hard and self._hard[uid].tries >= MOST_TRIES]

    def forget(self, uids: list[int]) -> None:
        """They are done."""
        for uid in uids:
            self._hard.pop(uid, None)

    def about(self, client: IMAPClient, uids: list[int]) -> tuple[dict[int, Any], list[int]]:
        """Size and date of letters; and those of which the server says nothing, asked twice, though
        they are there. What is in neither is gone: another client moved or deleted it."""
        told = _asked(client, uids, ABOUT)
        left_out = [uid for uid in uids if b"RFC822.SIZE" not in told.get(uid, {})]
        if left_out and (there := still_there(client, left_out)):
            told |= _asked(client, there, ABOUT)
        known = {uid: seen for uid, seen in told.items() if b"RFC822.SIZE" in seen}
        rest = [uid for uid in left_out if uid not in known]
        return known, still_there(client, rest) if rest else []

    def fetch(self, client: IMAPClient, uids: list[int]) -> tuple[dict[int, bytes], list[int]]:
        """The whole bytes of letters, without marking them as read; and those of which the server
        gives none, asked twice, though they are there. In neither are those that are gone or given
        up. Raises BROKEN when the connection fails, after counting it."""
        bodies = self._together(client, uids) if len(uids) > 1 else {}
        # A single one has not been asked for yet.
        for uid in (*uids, *(uids if len(uids) == 1 else ())):
            if uid not in bodies and not self.given_up([uid]):
                body = self._alone(client, uid)
                if body:
                    bodies[uid] = body
        self.came += len(bodies)
        rest = [uid for uid in uids if uid not in bodies and not self.given_up([uid])]
        return bodies, still_there(client, rest) if rest else []

    def _together(self, client: IMAPClient, uids: list[int]) -> dict[int, bytes]:
        try:
            told = _asked(client, uids, ["BODY.PEEK[]"])
        except (IMAPClientError, OSError):
            # One of them is hard or the line is bad: next time each goes alone, in pieces.
            for uid in uids:
                self._hard.setdefault(uid, _Hard())
            raise
        return {uid: seen[b"BODY[]"] for uid, seen in told.items() if seen.get(b"BODY[]")}

    def _alone(self, client: IMAPClient, uid: int) -> bytes:
        """One letter, b"" when the server gives nothing of it."""
        try:
            return self._in_pieces(client, uid) if uid in self._hard else _whole(client, uid)
        except (IMAPClientError, OSError):
            self._hard.setdefault(uid, _Hard()).tries += 1
            raise

    def _in_pieces(self, client: IMAPClient, uid: int) -> bytes:
        """In growing pieces: on a bad line each connection gets further."""
        hard = self._hard[uid]
        size = SMALLEST_PIECE
        while len(hard.got) <= LARGEST:
            begin = len(hard.got)
            told = _asked(client, [uid], [f"BODY.PEEK[]<{begin}.{size}>"])
            piece = told.get(uid, {}).get(f"BODY[]<{begin}>".encode())
            if piece is None:
                return b""
            hard.got += piece
            hard.tries = 0
            self.came += 1
            if len(piece) < size:
                return bytes(hard.got)
            size = min(size * 2, LARGEST_PIECE)
        return b""

    def head(self, client: IMAPClient, uid: int) -> bytes:
        """The header block of a letter that is not taken, as far as the server gives it."""
        told = _asked(client, [uid], [f"BODY.PEEK[HEADER]<0.{HEAD_BYTES}>"])
        return told.get(uid, {}).get(b"BODY[HEADER]<0>") or b""


def still_there(client: IMAPClient, uids: list[int]) -> list[int]:
    """Those of the letters that were not removed."""
    wanted = ",".join(map(str, uids))
    return sorted(set(client.search(["UID", wanted])) & set(uids))


def _whole(client: IMAPClient, uid: int) -> bytes:
    body: bytes = _asked(client, [uid], ["BODY.PEEK[]"]).get(uid, {}).get(b"BODY[]") or b""
    return body


def _asked(client: IMAPClient, uids: list[int], what: list[str]) -> dict[int, Any]:
    """What FETCH tells; a server that refuses (NO, BAD) has told nothing, and others may go on."""
    try:
        return dict(client.fetch(uids, what))
    except IMAPClient.AbortError:
        raise
    except IMAPClientError:
        return {}
