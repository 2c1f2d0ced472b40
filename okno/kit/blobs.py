"""Files that people bring: kept on disk before the unit, named in a row inside it."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from io import BufferedReader

from django.conf import settings

from okno.kit.files import Store
from okno.kit.filetypes import display_name, sniff
from okno.kit.not_visible import NotVisible


class TooLarge(ValueError):
    """A file over the limit."""


LARGEST = 25 * 1024 * 1024


@dataclass(frozen=True)
class File:
    """A file that came with a message or leaves with one; `content_id` is its name in the HTML."""

    name: str
    content_type: str
    data: bytes
    is_inline: bool = False
    content_id: str = ""


@dataclass(frozen=True)
class Stored:
    """A file that is safely on disk and waits for its row."""

    name: str
    content_type: str
    size: int
    sha256: str
    storage: str
    is_inline: bool = False
    content_id: str = ""


def store() -> Store:
    """Where files of this installation are."""
    return Store(settings.FILES_DIR)


def opened(storage: str) -> BufferedReader:
    """A stored file for reading; raises NotVisible when it is gone."""
    try:
        return store().open(storage)
    except FileNotFoundError:
        raise NotVisible("file") from None


def keep(files: Iterable[File]) -> list[Stored]:
    """Write files to disk, synced; call it before the unit. Raises TooLarge over 25 MB each."""
    place = store()
    kept = []
    for file in files:
        if len(file.data) > LARGEST:
            raise TooLarge(f"{display_name(file.name)} is larger than 25 MB")
        kept.append(
            Stored(
                name=display_name(file.name)[:160],
                content_type=sniff(file.data, file.name),
                size=len(file.data),
                sha256=hashlib.sha256(file.data).hexdigest(),
                storage=place.put(file.data),
                is_inline=file.is_inline,
                content_id=file.content_id[:255],
            )
        )
    return kept


def total(files: Sequence[Stored]) -> int:
    """Their size in bytes."""
    return sum(file.size for file in files)
