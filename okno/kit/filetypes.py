"""What a file is, by its bytes and our own list; and a name for it that is safe to show."""

import re
import unicodedata
from collections.abc import Callable
from pathlib import PurePosixPath

from okno.kit.picture_size import is_bomb

UNKNOWN = "application/octet-stream"
PLAIN = "text/plain"
MAX_NAME = 150

_PREVIEWABLE = {"image/png", "image/jpeg", "image/gif", "image/webp"}
_OOXML = {
    b"word/document.xml": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    b"xl/workbook.xml": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    b"ppt/presentation.xml": (
        "application/vnd.openxmlformats-officedocument.presentationml.presentation"
    ),
}
_OPEN_DOCUMENT = re.compile(
    rb"application/vnd\.oasis\.opendocument\.(text|spreadsheet|presentation)"
)
_MP4_BRANDS = {
    b"M4A ": "audio/mp4", b"M4B ": "audio/mp4", b"isom": "video/mp4", b"iso2": "video/mp4",
    b"iso4": "video/mp4", b"iso5": "video/mp4", b"iso6": "video/mp4", b"mp41": "video/mp4",
    b"mp42": "video/mp4", b"avc1": "video/mp4", b"M4V ": "video/mp4", b"dash": "video/mp4",
}  # fmt: skip
# What no text file holds. Tab, line feed, form feed, return and escape may occur.
_BINARY = re.compile(rb"[\x00-\x08\x0b\x0e-\x1a\x1c-\x1f\x7f]")
_HEADER = re.compile(rb"(?:[A-Za-z][A-Za-z0-9-]{0,75}:[^\r\n]*|From [^\r\n]+)\r?\n")
_TEXT_ENDINGS = {".txt", ".log", ".csv", ".md", ".text", ".ini", ".conf"}
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?=\.|$)", re.I)


def sniff(data: bytes, filename: str) -> str:
    """Media type of `data` from our list, by its bytes; "application/octet-stream" if in doubt.

    The declared type is never asked and the name only decides between forms of text. HTML, SVG and
    XML have no type here: a browser shall never be told to run one. Nor has a picture that would
    take more than 200 MB to show.
    """
    for test in _TESTS:
        found = test(data)
        if found:
            return UNKNOWN if found in _PREVIEWABLE and is_bomb(data) else found
    return _text(data, PurePosixPath(filename.lower()).suffix)


def is_previewable(media_type: str) -> bool:
    """Whether a picture of this type may be decoded for a preview."""
    return media_type in _PREVIEWABLE


def _png(data: bytes) -> str | None:
    return "image/png" if data.startswith(b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR") else None


def _jpeg(data: bytes) -> str | None:
    # The marker after SOI: a table, application segment, comment or frame (ITU T.81, table B.1).
    good = data[:3] == b"\xff\xd8\xff" and len(data) > 4 and data[3] >= 0xC0
    return "image/jpeg" if good else None


def _gif(data: bytes) -> str | None:
    """GIF89a, section 17 and on. Bytes that are a script too fail at the block after the header."""
    if data[:6] not in (b"GIF87a", b"GIF89a") or len(data) < 14:
        return None
    table = 3 << ((data[10] & 7) + 1) if data[10] & 0x80 else 0
    block = data[13 + table : 15 + table]
    if block[:1] == b"," or (
        block[:1] == b"!" and block[1:] in (b"\xf9", b"\xfe", b"\xff", b"\x01")
    ):
        return "image/gif"
    return UNKNOWN


def _webp(data: bytes) -> str | None:
    if data[:4] != b"RIFF":
        return None
    known = data[8:12] == b"WEBP" and data[12:16] in (b"VP8 ", b"VP8L", b"VP8X")
    return "image/webp" if known else UNKNOWN


def _pdf(data: bytes) -> str | None:
    return "application/pdf" if data.startswith(b"%PDF-") else None


def _zip(data: bytes) -> str | None:
    if data[:4] not in (b"PK\x03\x04", b"PK\x05\x06"):
        return None
    # ODF 1.3 part 2, 3.3: "mimetype" comes first, stored. Nothing is unpacked here.
    if data[26:38] == b"\x08\0\0\0mimetype":
        found = _OPEN_DOCUMENT.match(data, 38)
        return found.group().decode() if found else "application/zip"
    if b"vbaProject.bin" in data:
        return UNKNOWN
    if b"[Content_Types].xml" in data:
        for part, media_type in _OOXML.items():
            if part in data:
                return media_type
    return "application/zip"


def _ogg(data: bytes) -> str | None:
    if data[:4] != b"OggS":
        return None
    return "video/ogg" if b"\x80theora" in data[:512] else "audio/ogg"


def _mp3(data: bytes) -> str | None:
    sync = data[:1] == b"\xff" and data[1:2] in (b"\xfb", b"\xfa", b"\xf3", b"\xf2", b"\xe3")
    # After the sync word: bit rate 15 and sampling rate 3 are not allowed (ISO 11172-3).
    frame = sync and len(data) > 100 and data[2] >> 4 < 15 and data[2] >> 2 & 3 < 3
    return "audio/mpeg" if data[:3] == b"ID3" or frame else None


def _mp4(data: bytes) -> str | None:
    if data[4:8] != b"ftyp" or data[:2] != b"\0\0":
        return None
    return _MP4_BRANDS.get(data[8:12], UNKNOWN)


_TESTS: list[Callable[[bytes], str | None]] = [
    _png, _jpeg, _gif, _webp, _pdf, _zip, _ogg, _mp3, _mp4
]  # fmt: skip


def _text(data: bytes, ending: str) -> str:
    start = data[:4_096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if not start or start.startswith(b"<") or _BINARY.search(data):
        return UNKNOWN if data else PLAIN
    if start[:15].upper() == b"BEGIN:VCALENDAR":
        return "text/calendar"
    if ending == ".eml" and _HEADER.match(start):
        return "message/rfc822"
    return PLAIN if ending in _TEXT_ENDINGS or _is_utf8(data) else UNKNOWN


def _is_utf8(data: bytes) -> bool:
    try:
        data.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True


# One, or two as of `.tar.gz`.
_ENDING = re.compile(r"(?:\.\w{1,10}){1,2}$")


def display_name(name: str) -> str:
    """`name` of an upload made fit for showing and for saving on any system; never empty.

    No folders, control or invisible characters, direction overrides, leading or trailing dots;
    at most 150 characters, the ending kept.
    """
    name = name if len(name) <= 1_000 else name[:900] + name[-100:]
    name = unicodedata.normalize("NFC", name)
    name = "".join(" " if c.isspace() else c for c in name)
    name = "".join(c for c in name if unicodedata.category(c)[0] != "C" or c == " ")
    name = re.split(r"[/\\]", name)[-1]
    name = re.sub(r'[<>:"|?*]', "_", name)
    name = re.sub(r" +", " ", name).strip(". ")
    name = _RESERVED.sub(lambda found: "_" + found.group(), name, count=1) if name else "file"
    if len(name) <= MAX_NAME:
        return name
    found = _ENDING.search(name[-20:])
    ending = found.group() if found else ""
    return name[: MAX_NAME - len(ending)].rstrip(". ") + ending
