"""Previews of pictures: drawn anew by us when they are first asked for, and kept by what they show.

Whoever calls has found the file by the rule of what it belongs to: a preview opens to whom the
file itself opens, and to nobody else, whoever had it made.
"""

import threading
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from django.conf import settings

from okno.kit import clock, sweeping
from okno.kit.blobs import store
from okno.kit.files import write_whole
from okno.kit.filetypes import is_previewable
from okno.kit.not_visible import NotVisible
from okno.kit.pictures import NoPicture, redraw

# Points: twice what the widest place for it shows.
SIDE = 1_200
MOST_BYTES = 500 * 1024 * 1024
KEEP_SECONDS = 30 * 24 * 3600
SWEEP_EVERY = 200
_lock = threading.Lock()
_made = 0


class StoredFile(Protocol):
    """A row, or what becomes one, that names a file of the store."""

    @property
    def content_type(self) -> str: ...
    @property
    def sha256(self) -> str: ...
    @property
    def storage(self) -> str: ...


@dataclass(frozen=True)
class Preview:
    """Our drawing of a stored file, and where it is kept."""

    path: Path
    storage: str

    def ready(self) -> bytes | None:
        """The picture; None when nobody has tried of late. Raises NotVisible when there is none."""
        data = self._kept()
        if data == b"":
            raise NotVisible("preview")
        return data

    def draw(self) -> None:
        """Draw it and keep it: nothing at all, too, so that no picture wears us out twice."""
        if self._kept() is not None:  # somebody was quicker while we waited for a turn
            return
        try:
            data = redraw(store().read(self.storage), SIDE, SIDE).data
        except (NoPicture, FileNotFoundError):
            data = b""
        write_whole(self.path, data)
        _count()

    def _kept(self) -> bytes | None:
        """What was drawn; empty when it could not be; None when it is absent or old."""
        try:
            is_old = self.path.stat().st_mtime < clock.now().timestamp() - KEEP_SECONDS
            return None if is_old else self.path.read_bytes()
        except FileNotFoundError:
            return None


def has_preview(file: StoredFile) -> bool:
    """Whether it is a picture of a kind that we draw; it may still turn out to be a broken one."""
    return is_previewable(file.content_type)


def preview_of(found: StoredFile) -> Preview:
    """The preview of a file that the asker may have; raises NotVisible when its kind has none."""
    if not has_preview(found):
        raise NotVisible("preview")
    # By what the file is, so that a picture in every letter's foot is drawn once.
    return Preview(_folder() / found.sha256[:2] / f"{found.sha256}-{SIDE}", found.storage)


def _folder() -> Path:
    return Path(settings.DATA_DIR) / "cache" / "previews"


def _count() -> None:
    global _made
    with _lock:
        _made += 1
        if _made % SWEEP_EVERY == 1:
            sweep()


def sweep() -> None:
    """Throw away what is a month old, and the oldest of what is over the limit."""
    oldest = clock.now().timestamp() - KEEP_SECONDS
    sweeping.sweep(_folder().glob("*/*"), MOST_BYTES, oldest)
