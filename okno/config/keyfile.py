"""The key of all secrets: where it comes from, and when it is made. Needs no Django."""

import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from okno.config import env


def _file(values: Mapping[str, Any]) -> Path:
    return Path(values["OKNO_DATA_DIR"]).resolve() / "secret.key"


def read(values: Mapping[str, Any]) -> str:
    """The key that was given, or the one beside the data; "" when there is none."""
    if given := values["OKNO_SECRET_KEY"]:
        return str(given)
    try:
        return _file(values).read_text().strip()
    except (FileNotFoundError, NotADirectoryError):
        return ""


def new() -> str:
    """A fresh key of 384 bits."""
    return secrets.token_urlsafe(48)


def make(values: Mapping[str, Any]) -> None:
    """Make the key of a new installation on SQLite, readable by its owner only.

    Does nothing where a key should be: with PostgreSQL, which other processes share, and beside a
    database. One made there without a word opens no mailbox and ends every session.
    """
    path = _file(values)
    is_begun = (path.parent / "okno.sqlite3").exists()
    if read(values) or values["OKNO_DATABASE_URL"] or is_begun:
        return
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    try:
        handle = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except FileExistsError:
        return  # another process was quicker
    with os.fdopen(handle, "w") as file:
        file.write(new())
        file.flush()
        os.fsync(file.fileno())


def demand(values: Mapping[str, Any]) -> None:
    """Raises BadSetting when there is no key."""
    if read(values):
        return
    path = _file(values)
    if values["OKNO_DATABASE_URL"]:
        raise env.BadSetting(
            f"OKNO_SECRET_KEY is not set and there is no {path}: with PostgreSQL every process must"
            " be given the same key. Is OKNO_DATA_DIR right? For a new installation `okno key new`"
            " prints one"
        )
    if (path.parent / "okno.sqlite3").exists():
        raise env.BadSetting(
            f"{path} is missing beside its database: bring it back from the backup, or set"
            " OKNO_SECRET_KEY"
        )
    raise env.BadSetting(f"nothing is set up in {path.parent}; is OKNO_DATA_DIR right?")
