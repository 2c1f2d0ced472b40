"""Plain text parts as people see them: format=flowed, uuencoded blocks, hidden characters."""

from __future__ import annotations

import binascii
import re

_UU_BEGIN = re.compile(rb"(?:^|\n)begin [0-7]{3,4} ([^\r\n]{1,255})\r?\n")
_UU_END = re.compile(rb"\n(?:[ `]?\r?\n)?end(?=[ \t]{0,20}\r?(?:\n|\Z))")
_BLANKS = re.compile(r"[ \t\xa0]+(?=\n|\Z)")
_MANY_LINES = re.compile(r"\n{4,}")
_BIDI = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])
_ZERO_WIDTH = dict.fromkeys([0x200B, 0x2060, 0xAD])


def unflow(text: str, delete_space: bool) -> str:
    """Join soft-broken lines of format=flowed text (RFC 3676); quoting depth keeps them apart."""
    out: list[str] = []
    open_depth = -1
    for line in text.split("\n"):
        depth = len(line) - len(line.lstrip(">"))
        content = line[depth:]
        content = content[1:] if content.startswith(" ") else content
        signature = content == "-- "
        if open_depth == depth and not signature:
            out[-1] += content
        else:
            out.append(">" * depth + (" " if depth and content else "") + content)
        open_depth = -1
        if content.endswith(" ") and not signature:
            open_depth = depth
            out[-1] = out[-1][:-1] if delete_space else out[-1]
    return "\n".join(out)


def cut_uuencoded(data: bytes) -> tuple[bytes, list[tuple[str, bytes]]]:
    """Split uuencoded files out of a text body: (text, [(raw name, content)]). At most 100."""
    files: list[tuple[str, bytes]] = []
    kept: list[bytes] = []
    position = 0
    while len(files) < 100:
        match = _UU_BEGIN.search(data, position)
        if match is None:
            break
        end = _UU_END.search(data, match.end() - 1)
        if end is None:
            break
        content = _uudecode(data[match.end() : end.start()])
        if content is None:
            kept.append(data[position : match.end()])
            position = match.end()
            continue
        kept.append(data[position : match.start()])
        files.append((match.group(1).decode("utf-8", "replace"), content))
        position = end.end()
    kept.append(data[position:])
    return b"".join(kept), files


def _uudecode(block: bytes) -> bytes | None:
    out = []
    for line in block.splitlines():
        if not line.strip():
            continue
        try:
            out.append(binascii.a2b_uu(line))
        except binascii.Error:
            length = (line[0] - 32) & 63  # some encoders pad lines wrongly
            try:
                out.append(binascii.a2b_uu(line[: (length * 4 + 5) // 3 + 1]))
            except binascii.Error:
                return None
    return b"".join(out)


def has_bidi(text: str) -> bool:
    """True if the text holds characters that make it read in another order."""
    return not text.isascii() and any(chr(code) in text for code in _BIDI)


def tidy(text: str) -> str:
    """What a person sees: no direction overrides or zero-width characters, no trailing blanks."""
    if not text.isascii():
        text = text.translate(_BIDI).translate(_ZERO_WIDTH)
    text = _BLANKS.sub("", text)
    return _MANY_LINES.sub("\n\n\n", text).strip("\n")
