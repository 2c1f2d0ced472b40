"""Files of attachments and raw mail on a disk: random names, whole or absent, never half."""

import hashlib
import hmac
import os
import re
import secrets
from collections.abc import Iterator
from io import BufferedReader
from pathlib import Path

from okno.kit.failpoint import failpoint

_NAME = re.compile(r"[0-9a-f]{32}")
_UNFINISHED = "unfinished"


class Store:
    """Files under `root`, each known only by the random name that `put` gave it.

    A file is written before the row that names it is committed; after a crash a file without a
    row may stay, a row without a file may not. `names` finds the former.
    """

    def __init__(self, root: Path) -> None:
        self._root = root

    def put(self, data: bytes) -> str:
        """Keep `data`; its name, 32 hexadecimal digits. On return it survives a loss of power."""
        name = secrets.token_hex(16)
        path = self._path(name)
        temporary = self._root / _UNFINISHED / name
        for folder in (self._root, temporary.parent, path.parent.parent, path.parent):
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        with open(temporary, "xb", opener=_private) as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        failpoint("file.after_temp_write")
        temporary.rename(path)
        # The folders above too: another process may have made them and not synced them yet.
        for folder in (path.parent, path.parent.parent, self._root):
            _sync(folder)
        failpoint("file.after_rename_before_commit")
        return name

    def open(self, name: str) -> BufferedReader:
        """The file for reading; FileNotFoundError when there is none, ValueError on a bad name."""
        return open(self._path(name), "rb")

    def read(self, name: str) -> bytes:
        with self.open(name) as file:
            return file.read()

    def exists(self, name: str) -> bool:
        return self._path(name).is_file()

    def delete(self, name: str) -> None:
        """Remove the file; one that is gone already is no error."""
        self._path(name).unlink(missing_ok=True)

    def names(self) -> Iterator[str]:
        """Names of all whole files, in no order."""
        for path in self._root.glob("??/??/*"):
            if _NAME.fullmatch(path.name) and path == self._path(path.name):
                yield path.name

    def verify(self, name: str, sha256: str) -> bool:
        """Whether the file is there and has this SHA-256 (hexadecimal)."""
        try:
            with self.open(name) as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except FileNotFoundError:
            return False
        return hmac.compare_digest(found, sha256.lower())

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ValueError("not a storage name")
        return self._root / name[:2] / name[2:4] / name


def write_whole(path: Path, data: bytes) -> None:
    """Write what can be made again, its folder too: readers see the old file or the whole new one.

    Not synced: a loss of power may take it.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    half = path.parent / f"{secrets.token_hex(16)}.half"
    half.write_bytes(data)
    half.replace(path)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _sync(folder: Path) -> None:
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
