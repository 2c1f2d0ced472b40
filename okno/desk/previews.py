"""Previews of pictures: drawn anew by us when they are first asked for, and kept by what they show.

Whoever calls has found the attachment by the rule of its conversation: a preview opens to whom the
file itself opens, and to nobody else, whoever had it made.
"""

import threading
from collections.abc import Callable
from functools import partial
from pathlib import Path
from uuid import uuid4

from django.conf import settings
from django.http import HttpRequest, HttpResponse

from okno.access.policy import NotVisible
from okno.desk.files import store
from okno.desk.models import Attachment
from okno.kit import clock, sweeping
from okno.kit.filetypes import is_previewable
from okno.kit.pictures import NoPicture, redraw

# A server that can work beside the pages' threads says so in the environment of a request.
BESIDE = "okno.beside"
# Points: twice what the widest place for it shows.
SIDE = 1_200
MOST_BYTES = 500 * 1024 * 1024
KEEP_SECONDS = 30 * 24 * 3600
SWEEP_EVERY = 200
HEADERS = {
    "Content-Disposition": "inline",
    "Content-Security-Policy": "sandbox; default-src 'none'; frame-ancestors 'none'",
    "X-Content-Type-Options": "nosniff",
}
_lock = threading.Lock()
_made = 0


class Later(HttpResponse):
    """Not drawn yet: a server may call `beside` outside of the pages' threads and ask again."""

    def __init__(self, beside: Callable[[], object]) -> None:
        super().__init__(status=503, headers={"Retry-After": "2", "Cache-Control": "no-store"})
        self.beside = beside


def has_preview(attachment: Attachment) -> bool:
    """Whether it is a picture of a kind that we draw; it may still turn out to be a broken one."""
    return is_previewable(attachment.content_type)


def answer(request: HttpRequest, found: Attachment) -> HttpResponse:
    """The preview of a file that the asker may have; raises NotVisible when there is none."""
    if not has_preview(found):
        raise NotVisible("preview")
    path = _path(found.sha256)
    data = _kept(path)
    if data is None:
        draw = partial(_draw, path, found.storage)
        if request.META.get(BESIDE):
            return Later(draw)
        data = draw()
    if not data:
        raise NotVisible("preview")
    kind = "image/png" if data.startswith(b"\x89PNG") else "image/jpeg"
    return HttpResponse(data, content_type=kind, headers=HEADERS)


def _folder() -> Path:
    return Path(settings.DATA_DIR) / "cache" / "previews"


def _path(sha256: str) -> Path:
    """By what the file is, so that a picture in every letter's foot is drawn once."""
    return _folder() / sha256[:2] / f"{sha256}-{SIDE}"


def _kept(path: Path) -> bytes | None:
    """What was drawn; empty when it could not be; None when nobody has tried of late."""
    try:
        is_old = path.stat().st_mtime < clock.now().timestamp() - KEEP_SECONDS
        return None if is_old else path.read_bytes()
    except FileNotFoundError:
        return None


def _draw(path: Path, storage: str) -> bytes:
    """Draw it and keep it: nothing at all, too, so that no picture wears us out twice."""
    data = _kept(path)  # somebody may have been quicker while we waited for a turn
    if data is not None:
        return data
    try:
        data = redraw(store().read(storage), SIDE, SIDE).data
    except (NoPicture, FileNotFoundError):
        data = b""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    half = path.parent / f"{uuid4().hex}.half"
    half.write_bytes(data)
    half.replace(path)
    _count()
    return data


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
