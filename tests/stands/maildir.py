"""Reading and writing mail in Maildir++ folders, beside the IMAP server that serves them.

Layout: https://cr.yp.to/proto/maildir.html; sub-folders as Maildir++ names them (`.Sent.2024`).
"""

import itertools
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from imapclient import imap_utf7

FLAGS = {
    "D": "\\Draft",
    "F": "\\Flagged",
    "P": "$Forwarded",
    "R": "\\Answered",
    "S": "\\Seen",
    "T": "\\Deleted",
}
_counter = itertools.count()


@dataclass(frozen=True)
class Letter:
    """One letter in a folder: its bytes, IMAP flags, and file."""

    raw: bytes
    flags: frozenset[str]
    path: Path


class Maildir:
    """The mail of one user below `root`; `own` is called with each path made here."""

    def __init__(self, root: Path, own: Callable[[Path], None]) -> None:
        self.root = root
        self._own = own

    def path(self, folder: str) -> Path:
        """Where `folder` (IMAP name, levels by `/`) lies."""
        if folder.upper() == "INBOX":
            return self.root
        levels = [imap_utf7.encode(level).decode("ascii") for level in folder.split("/")]
        return self.root / ("." + ".".join(levels))

    def create(self, folder: str = "INBOX") -> Path:
        """Make `folder` if it is not there; its path."""
        path = self.path(folder)
        for part in (self.root, path, path / "cur", path / "new", path / "tmp"):
            if not part.is_dir():
                part.mkdir(parents=True)
                self._own(part)
        return path

    def deliver(self, raw: bytes, folder: str = "INBOX", flags: str = "") -> Path:
        """Put a letter into `folder`; `flags` are Maildir's letters, as "S" for seen."""
        path = self.create(folder)
        now = time.time_ns()
        name = f"{now // 10**9}.M{now // 1000 % 10**6:06}P{os.getpid()}Q{next(_counter):08}.stand"
        draft = path / "tmp" / name
        draft.write_bytes(raw)
        self._own(draft)
        # A letter with flags is no longer new: Maildir keeps flags in cur/ only.
        final = path / "new" / name
        if flags:
            final = path / "cur" / f"{name}:2,{''.join(sorted(flags))}"
        draft.rename(final)
        return final

    def letters(self, folder: str = "INBOX") -> list[Letter]:
        """All letters of `folder`, oldest first; none if there is no such folder."""
        path = self.path(folder)
        for _ in range(50):
            try:
                return self._read(path)
            except FileNotFoundError:  # the server renamed or removed a file between list and read
                time.sleep(0.01)
        raise RuntimeError(f"{path} never stood still")

    def _read(self, path: Path) -> list[Letter]:
        if not path.is_dir():
            return []
        keywords = _keywords(path)
        files = [*(path / "new").iterdir(), *(path / "cur").iterdir()]
        found = []
        for file in sorted(files, key=lambda file: file.name):
            marks = file.name.partition(":2,")[2]
            names = frozenset(FLAGS.get(mark) or keywords.get(mark, mark) for mark in marks)
            found.append(Letter(file.read_bytes(), names, file))
        return found


def _keywords(path: Path) -> dict[str, str]:
    """Dovecot's own list of keywords: lines "0 name", where letter `a` in a file name is 0."""
    try:
        lines = (path / "dovecot-keywords").read_text().splitlines()
    except FileNotFoundError:
        return {}
    pairs = (line.split(" ", 1) for line in lines)
    return {chr(ord("a") + int(number)): name for number, name in pairs}
