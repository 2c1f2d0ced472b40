"""Pictures of our people: drawn anew by us, kept like other files, known by a random name."""

from okno.kit.blobs import store
from okno.kit.filetypes import is_previewable, sniff
from okno.kit.not_visible import NotVisible
from okno.kit.pictures import NoPicture, redraw

LARGEST = 5 * 1024 * 1024
# Shown at 48 points at most, on screens with up to four times as many.
SIDE = 192


class NoPhoto(ValueError):
    """The bytes are no picture that we can draw."""


def keep(data: bytes) -> str:
    """Draw a stranger's JPEG, PNG, GIF or WebP anew, small, and write it to disk; its random name.

    Call it before the unit. Raises NoPhoto.
    """
    if len(data) > LARGEST:
        raise NoPhoto("larger than 5 MB")
    try:
        # Square is what is seen of it; the longer side may stick out.
        drawn = redraw(data, SIDE * 2, SIDE * 2)
    except NoPicture as error:
        raise NoPhoto(error.reason) from error
    return store().put(drawn.data)


def read(name: str) -> tuple[str, bytes]:
    """Media type and bytes of a kept picture; raises NotVisible."""
    try:
        data = store().read(name)
    except (FileNotFoundError, ValueError):
        raise NotVisible("picture") from None
    kind = sniff(data, "")
    if not is_previewable(kind):
        raise NotVisible("picture")
    return kind, data


def forget(name: str) -> None:
    """Delete the file of a picture that nobody has any more; call it after the unit."""
    if name:
        store().delete(name)
