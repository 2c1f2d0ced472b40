"""Nobody else on the machine may read what Okno keeps, whoever made its folder and how."""

import stat
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path

OTHERS = 0o077
# What is ours in the data folder, which may be one that holds more.
OURS = (
    "okno.sqlite3*",
    "*.key",
    "*.lock",
    "*.unfinished",
    "files",
    "scripts",
    "cache",
    "backup-*",
    "restore-*",
)


def open_to_others(folder: Path) -> Iterator[Path]:
    """The folder, and what of ours lies right in it, as far as others may read or write it."""
    for path in (folder, *(found for name in OURS for found in folder.glob(name))):
        with suppress(FileNotFoundError):
            if path.lstat().st_mode & OTHERS and not path.is_symlink():
                yield path


def close(folder: Path) -> None:
    """Take the rights of others away: from all of ours when any part was open, in a used folder.

    What belongs to another user stays as it is, and a folder that everybody shares (sticky, such as
    /tmp) too; `okno doctor` says so.
    """
    for path in list(open_to_others(folder)):
        _close(path)
        if path != folder and path.is_dir():
            for below in path.rglob("*"):
                _close(below)


def _close(path: Path) -> None:
    with suppress(PermissionError, FileNotFoundError):
        mode = path.lstat().st_mode
        if mode & OTHERS and not mode & stat.S_ISVTX and not stat.S_ISLNK(mode):
            path.chmod(stat.S_IMODE(mode) & ~OTHERS)
