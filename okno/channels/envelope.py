"""What our own pages take in: words and files of one person, in one canonical run of bytes.

A line of JSON with sorted keys, then the files one after another. The same content gives the same
bytes, so that a message sent twice over a weak line is known by the hash of its raw item.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from okno.channels.contract import Unreadable
from okno.kit.blobs import File


@dataclass(frozen=True)
class Enclosed:
    """A file as it was given to a page."""

    name: str
    data: bytes


def pack(head: dict[str, Any], files: Sequence[Enclosed] = ()) -> bytes:
    """The bytes of an item; `head` holds plain values and no key `files`."""
    listed = [[file.name, len(file.data)] for file in files]
    text = json.dumps({**head, "files": listed}, sort_keys=True, ensure_ascii=False)
    return b"".join([text.encode("utf-8", "replace"), b"\n", *(file.data for file in files)])


def unpack(body: bytes) -> tuple[dict[str, Any], tuple[File, ...]]:
    """The head and the files again; raises Unreadable for anything `pack` has not made."""
    line, _, rest = body.partition(b"\n")
    try:
        head = json.loads(line)
        listed = [(str(name), int(size)) for name, size in head.pop("files")]
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise Unreadable("not an item of our own pages") from error
    if sum(size for _, size in listed) != len(rest) or any(size < 0 for _, size in listed):
        raise Unreadable("the files are cut off")
    files, at = [], 0
    for name, size in listed:
        files.append(File(name, "", rest[at : at + size]))
        at += size
    return head, tuple(files)
