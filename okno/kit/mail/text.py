"""Plain text parts as people see them: format=flowed, uuencoded blocks, hidden characters."""

from __future__ import annotations

import binascii
import re

# Lines of uuencoded data hold no lower case but one character after the data, so no `begin` and no
# `end` hides among them: a file that does not end is passed over, and each line is read once.
_UU_FILE = re.compile(
    rb"(?:^|\n)begin [0-7]{3,4} ([^\r\n]{1,255})\r?\n((?:[ -`]*+[^\r\n]?\r?\n)*+)"
    rb"end(?=[ \t]{0,20}\r?(?:\n|\Z))"
)
# Each run of blanks is tried once, from its beginning.
_BLANKS = re.compile(r"(?<![ \t\xa0])[ \t\xa0]++(?=\n|\Z)")
MAX_FILES = 100
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
    for match in _UU_FILE.finditer(data):
        content = _uudecode(match.group(2))
        if content is None:
            continue
        kept.append(data[position : match.start()])
        files.append((match.group(1).decode("utf-8", "replace"), content))
        position = match.end()
        if len(files) == MAX_FILES:
            break
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
