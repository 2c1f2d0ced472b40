"""Files of attachments and raw mail on a disk: random names, whole or absent, never half."""

import errno
import fcntl
import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import suppress
from io import BufferedReader, BufferedWriter
from pathlib import Path

from okno.kit.failpoint import failpoint

_NAME = re.compile(r"[0-9a-f]{32}")
_UNFINISHED = "unfinished"
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT, errno.EROFS}


class Store:
    """Files under `root`, each known only by the random name that `put` gave it.

    A file is written before the row that names it is committed; after a crash a file without a
    row may stay, a row without a file may not. `names` finds the former.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, data: bytes) -> str:
        """Keep `data`; its name, 32 hexadecimal digits. On return it survives a loss of power.

        Raises OSError when it cannot be written (a full disk), and then leaves nothing behind.
        """
        name = secrets.token_hex(16)
        path = self.path(name)
        temporary = self._root / _UNFINISHED / name
        for folder in (self._root, temporary.parent, path.parent.parent, path.parent):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        try:
            with _begun(temporary) as file:
                file.write(data)
                file.flush()
                os.fsync(file.fileno())
                failpoint("file.after_temp_write")
                temporary.rename(path)
        except BaseException:
            temporary.unlink(missing_ok=True)
            raise
        # The folders above too: another process may have made them and not synced them yet.
        for folder in (path.parent, path.parent.parent, self._root):
            _sync(folder)
        failpoint("file.after_rename_before_commit")
        return name

    def open(self, name: str) -> BufferedReader:
        """The file for reading; FileNotFoundError when there is none, ValueError on a bad name."""
        return open(self.path(name), "rb")

    def read(self, name: str) -> bytes:
        with self.open(name) as file:
            return file.read()

    def exists(self, name: str) -> bool:
        return self.path(name).is_file()

    def delete(self, name: str) -> None:
        """Remove the file; one that is gone already is no error."""
        self.path(name).unlink(missing_ok=True)

    def names(self) -> Iterator[str]:
        """Names of all whole files, in no order."""
        for path in self._root.glob("??/??/*"):
            if _NAME.fullmatch(path.name) and path == self.path(path.name):
                yield path.name

    def is_older(self, name: str, moment: float) -> bool:
        """Whether the file is there and was written before `moment` (Unix seconds)."""
        try:
            return self.path(name).stat().st_mtime < moment
        except FileNotFoundError:
            return False

    def sweep_unfinished(self) -> int:
        """Delete half files whose writers are dead; returns how many."""
        return sum(map(_sweep_dead, (self._root / _UNFINISHED).glob("*")))

    def verify(self, name: str, sha256: str) -> bool:
        """Whether the file is there and has this SHA-256 (hexadecimal)."""
        try:
            with self.open(name) as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            return False
        return hmac.compare_digest(found, sha256.lower())

    def path(self, name: str) -> Path:
        """Where the file is; raises ValueError for a bad name."""
        if not _NAME.fullmatch(name):
            raise ValueError("not a storage name")
        return self._root / name[:2] / name[2:4] / name


def is_full(error: BaseException) -> bool:
    """Whether something could not be written because the disk takes nothing now."""
    return isinstance(error, OSError) and error.errno in _NO_ROOM


def write_whole(path: Path, data: bytes) -> None:
    """Write what can be made again, its folder too: readers see the old file or the whole new one.

    Not synced: a loss of power may take it.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    half = path.parent / f"{secrets.token_hex(16)}.half"
    try:
        half.write_bytes(data)
        half.replace(path)
    except BaseException:
        half.unlink(missing_ok=True)
        raise


def _begun(path: Path) -> BufferedWriter:
    """A new file, locked until it is closed, so that a sweep sees that its writer lives."""
    while True:
        file: BufferedWriter = open(path, "xb", opener=_private)  # noqa: SIM115
        fcntl.flock(file, fcntl.LOCK_EX)
        if os.fstat(file.fileno()).st_nlink:
            return file
        # A sweep came between the two lines above.
        file.close()


def _sweep_dead(path: Path) -> bool:
    # The lock of a writer goes with its process, however that ends: no age has to be guessed.
    with suppress(FileNotFoundError, BlockingIOError), path.open("rb") as file:
        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        path.unlink()
        return True
    return False


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
