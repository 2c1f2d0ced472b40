"""Pictures of strangers, drawn anew: what a browser or a letter gets from us was made by us.

Decoders are where pictures attack (CVE-2023-4863 and many more), so they run in children with
limits; what such a child gives back is read as text, numbers and bytes only.
"""

from __future__ import annotations

import json
import queue
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from okno.kit import confined
from okno.kit.filetypes import is_previewable, sniff

LARGEST_ANSWER = 24 * 1024 * 1024
LARGEST_SIDE = 4_096
# Two at a time: a page with ten pictures has them soon, and a hostile one blocks half at most.
CHILDREN = 2
SECONDS = 6.0
_TYPES = {"image/jpeg", "image/png"}


class NoPicture(ValueError):
    """It cannot be drawn; `reason` is one word."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True)
class Picture:
    """A picture that we made: a JPEG, or a PNG where some of it can be looked through."""

    content_type: str
    width: int
    height: int
    data: bytes


class Drawers:
    """A few children that draw; threads wait for one that is free.

    They start when they are needed and end by themselves when nobody needs them for minutes.
    `seconds` is the wall time one picture may take. `command` starts a child; tests have theirs.
    """

    def __init__(
        self, number: int = CHILDREN, seconds: float = SECONDS, command: Sequence[str] = ()
    ) -> None:
        command = list(command) or [sys.executable, "-m", "okno.kit.picture_child"]
        # Last in, first out: one after the other they are all drawn by the same warm child.
        self._free: queue.LifoQueue[confined.Child] = queue.LifoQueue()
        self._all = [confined.Child(command, seconds, LARGEST_ANSWER) for _ in range(number)]
        for child in self._all:
            self._free.put(child)

    def redraw(self, data: bytes, width: int, height: int) -> Picture:
        """`data` (JPEG, PNG, GIF or WebP, by its bytes) drawn anew in at most `width` times
        `height` points, upright as its EXIF says, without that and any other word in it. Of a
        moving one the first picture. Never larger than it was. Raises NoPicture."""
        if not (0 < width <= LARGEST_SIDE and 0 < height <= LARGEST_SIDE):
            raise ValueError("a side has 1 to 4096 points")
        if not is_previewable(sniff(data, "")):  # which knows how large it becomes, too
            raise NoPicture("unknown")
        head = json.dumps({"width": width, "height": height}).encode()
        child = self._free.get()
        try:
            facts, drawn = child.ask(confined.frame(head, [data]))
        except confined.Died as error:
            raise NoPicture("died") from error
        except TimeoutError as error:
            raise NoPicture("timeout") from error
        finally:
            self._free.put(child)
        return _read(facts, drawn)

    def close(self) -> None:
        """End the children; nobody may be waiting for one."""
        for child in self._all:
            child.stop()


def _read(facts: bytes, drawn: bytes) -> Picture:
    """The picture of an answer. The child may have been taken over: its word is not enough."""
    try:
        told = json.loads(facts)
        reason = told.get("no")
        if reason is None:
            found = Picture(str(told["type"]), int(told["width"]), int(told["height"]), drawn)
    except (ValueError, TypeError, KeyError, AttributeError, OverflowError) as error:
        raise NoPicture("malformed_answer") from error
    if reason is not None:
        raise NoPicture(str(reason)[:60])
    if found.content_type not in _TYPES or sniff(drawn, "") != found.content_type:
        raise NoPicture("malformed_answer")
    return found


_drawers = Drawers()


def redraw(data: bytes, width: int, height: int) -> Picture:
    """`Drawers.redraw` by the children of this process."""
    return _drawers.redraw(data, width, height)
