"""Fetches letters, and keeps count of those that will not come."""

from dataclasses import dataclass, field

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError

MOST_TRIES = 3
TOO_LARGE = "the letter is larger than 25 MB; it is still in the mailbox"
NOT_GIVEN = "the mail server does not hand the letter over; it is still in the mailbox"
HEAD_BYTES = 64 * 1024
SMALLEST_PIECE = 1024
LARGEST_PIECE = 1024 * 1024


@dataclass
class _Hard:
    """A letter that failed: how often in a row, and the pieces that came nevertheless."""

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
        """Whether this letter has failed, alone or with others."""
        return uid in self._hard

    def given_up(self, uids: list[int]) -> list[int]:
        """Which of them have failed too often."""
        return [uid for uid in uids if uid in self._hard and self._hard[uid].tries >= MOST_TRIES]

    def why(self, uid: int) -> str:
        """What to tell of a letter that was given up."""
        return NOT_GIVEN

    def forget(self, uids: list[int]) -> None:
        """They are done."""
        for uid in uids:
            self._hard.pop(uid, None)

    def fetch(self, client: IMAPClient, uids: list[int]) -> dict[int, bytes]:
        """The whole bytes of each letter, without marking it as read; none for one that is gone or
        given up. Raises BROKEN when the connection fails, after counting it."""
        if len(uids) != 1:
            return self._together(client, uids)
        (uid,) = uids
        while not self.given_up(uids):
            try:
                body = self._alone(client, uid)
                self.came += 1
                return {} if body is None else {uid: body}
            except IMAPClient.AbortError:
                self._failed(uid)
                raise
            except IMAPClientError:
                self._failed(uid)
            except OSError:
                self._failed(uid)
                raise
        return {}

    def _together(self, client: IMAPClient, uids: list[int]) -> dict[int, bytes]:
        if not uids:
            return {}
        try:
            told = client.fetch(uids, ["BODY.PEEK[]"])
        except (IMAPClientError, OSError):
            # One of them is hard or the line is bad: next time each goes alone, in pieces.
            for uid in uids:
                self._hard.setdefault(uid, _Hard())
            raise
        bodies = {uid: seen[b"BODY[]"] for uid, seen in told.items() if seen.get(b"BODY[]")}
        self.came += len(bodies)
        missing = [uid for uid in uids if uid not in bodies]
        if missing and (there := _still_there(client, missing)):
            for uid in there:
                self._hard.setdefault(uid, _Hard())
            raise IMAPClientError("the server passed over letters that are there")
        return bodies

    def _failed(self, uid: int) -> None:
        self._hard.setdefault(uid, _Hard()).tries += 1

    def _alone(self, client: IMAPClient, uid: int) -> bytes | None:
        """One letter, in growing pieces when it failed before: on a bad line each gets further."""
        hard = self._hard.get(uid)
        if hard is None:
            told = client.fetch([uid], ["BODY.PEEK[]"])
            body: bytes = told.get(uid, {}).get(b"BODY[]") or b""
            if not body:
                _expect_gone(client, uid)
            return body or None
        size = SMALLEST_PIECE
        while True:
            begin = len(hard.got)
            told = client.fetch([uid], [f"BODY.PEEK[]<{begin}.{size}>"])
            piece = told.get(uid, {}).get(f"BODY[]<{begin}>".encode())
            if piece is None:
                _expect_gone(client, uid)
                return None
            hard.got += piece
            hard.tries = 0
            self.came += 1
            if len(piece) < size:
                return bytes(hard.got)
            size = min(size * 2, LARGEST_PIECE)

    def head(self, client: IMAPClient, uid: int) -> bytes:
        """The header block of a letter too large to take."""
        told = client.fetch([uid], [f"BODY.PEEK[HEADER]<0.{HEAD_BYTES}>"])
        return told.get(uid, {}).get(b"BODY[HEADER]<0>") or b""


def _still_there(client: IMAPClient, uids: list[int]) -> list[int]:
    wanted = ",".join(map(str, uids))
    return sorted(set(client.search(["UID", wanted])) & set(uids))


def _expect_gone(client: IMAPClient, uid: int) -> None:
    """Make sure that a letter without bytes was removed; raises when it is there."""
    if _still_there(client, [uid]):
        raise IMAPClientError("the server gives no bytes of a letter that is there")
