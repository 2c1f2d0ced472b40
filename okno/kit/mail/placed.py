"""Pictures that the HTML of a letter shows: each found by the name that the HTML calls it."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import replace
from html import escape, unescape
from itertools import islice
from urllib.parse import unquote

from okno.kit.mail.letter import Attachment

MAX_PLACES = 2_000
_CID = re.compile(r"""(?:["'(]cid:([^"'<>()\n]{1,300})["')]|\bcid:([^"'<>()\s]{1,300}))""", re.I)
_SOURCE = re.compile(
    r"""\b((?:src|background)\s{0,5}=\s{0,5})"""
    r"""(?:"([^"<>\n]{1,1000})"|'([^'<>\n]{1,1000})'|([^"'<>\s]{1,1000}))""",
    re.I,
)


def place(
    html: Sequence[str], files: Sequence[Attachment], locations: Mapping[int, str]
) -> tuple[list[str], list[Attachment]]:
    """The HTML texts and the files, joined by `content_id`.

    A reference by Content-ID (RFC 2392) may be written otherwise than the part has it: percent
    signs, case, or the file's name. One by Content-Location (RFC 2557; `locations` by the number of
    the file) becomes a reference by Content-ID.
    """
    placed = list(files)
    for text in html:
        for found in islice(_CID.finditer(text), MAX_PLACES):
            wanted = unescape(found[1] or found[2]).strip()
            number = _number(placed, wanted)
            if number is not None and placed[number].content_id != wanted:
                placed[number] = replace(placed[number], content_id=wanted, inline=True)
    if not locations:
        return list(html), placed
    numbers = {key: number for number, at in locations.items() for key in _keys(at)}

    def put(found: re.Match[str]) -> str:
        location = unescape(found[2] or found[3] or found[4])
        number = next((numbers[k] for k in _keys(location) if k in numbers), None)
        if number is None:
            return found[0]
        name = placed[number].content_id or f"location-{number}@okno"
        placed[number] = replace(placed[number], content_id=name, inline=True)
        return f'{found[1]}"cid:{escape(name)}"'

    return [_SOURCE.sub(put, text) for text in html], placed


def _keys(location: str) -> tuple[str, ...]:
    location = location.strip()
    return (location, unquote(location), location.removeprefix("./"))


def _number(files: Sequence[Attachment], wanted: str) -> int | None:
    """Which file a reference means: one with this id, then one whose name it is."""
    if any(file.content_id == wanted for file in files):
        return None
    plain = _plain(wanted)
    for number, file in enumerate(files):
        if file.content_id and _plain(file.content_id) == plain:
            return number
    for number, file in enumerate(files):
        if not file.content_id and file.filename and file.filename.casefold() == plain:
            return number
    return None


def _plain(name: str) -> str:
    return unquote(name).strip("<> ").casefold()
