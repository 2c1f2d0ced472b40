"""Splits raw mail into a tree of parts, without copying and without recursion on hostile input.

The standard library's feed parser builds a string per line: 25 MB of bare newlines cost it ten
seconds and gigabytes, and each level of nesting makes every line slower. Here a part is a span of
the raw bytes, limits are checked while splitting, and the work is linear.
"""

from __future__ import annotations

import re
from binascii import a2b_qp
from collections.abc import Iterator
from dataclasses import dataclass, field

from okno.kit.mail import params, words
from okno.kit.mail.letter import Unreadable

MAX_MAIL = 25 * 1024 * 1024
MAX_HEADERS = 256 * 1024
MAX_HEADER = 16 * 1024
MAX_PARTS = 1_000
MAX_DEPTH = 20

# Under this name a Part notes which of its headers was longer than MAX_HEADER and is kept in part.
CUT = ":cut"
# Of these the end says more: the letter that is answered stands last (RFC 5322, section 3.6.4).
_KEPT_FROM_THE_END = ("references", "in-reply-to")
# A verdict without its end may be one on another domain: no verdict at all.
_VERDICT = "authentication-results"
_END_OF_HEADERS = re.compile(rb"\r?\n[ \t]*\r?\n")
_FIELD = re.compile(rb"([!-9;-~]{1,100})[ \t]*:[ \t]*")
_KNOWN = re.compile(
    rb"\n(?:received|from|to|cc|subject|date|message-id|mime-version|content-[a-z-]+|return-path|"
    rb"reply-to|in-reply-to|references|x-[a-z0-9-]+)[ \t]*:",
    re.I,
)
_GUESSED = re.compile(rb"^--([^\s-][^\r\n]{0,69}?)[ \t]*\r?\n(?=content-[a-z-]+:)", re.I | re.M)


@dataclass(slots=True)
class Part:
    """One MIME part: lower-case header names with unfolded raw values, and a span of the mail."""

    raw: bytes
    headers: list[tuple[str, bytes]]
    start: int
    end: int
    default_type: str = "text/plain"
    content_type: str = ""
    type_params: dict[str, str] = field(default_factory=dict)
    parts: list[Part] = field(default_factory=list)

    def get(self, name: str) -> bytes:
        """Raw value of the first header `name` (lower case), b"" if there is none."""
        for key, value in self.headers:
            if key == name:
                return value
        return b""

    def get_all(self, name: str) -> list[bytes]:
        return [value for key, value in self.headers if key == name]

    @property
    def body(self) -> bytes:
        return self.raw[self.start : self.end]

    def walk(self) -> Iterator[Part]:
        yield self
        for part in self.parts:
            yield from part.walk()


def split(raw: bytes) -> Part:
    """The tree of `raw`. Raises Unreadable when a limit is broken; never for bad syntax."""
    if len(raw) > MAX_MAIL:
        raise Unreadable("mail_too_big")
    if b"\n" not in raw:
        raw = raw.replace(b"\r", b"\n")
    start = 0
    while raw[start : start + 1] in (b"\n", b"\r") and start < 100:
        start += 1
    if raw.startswith((b"From ", b">From "), start):  # mbox separator (RFC 4155)
        start = raw.find(b"\n", start) + 1
    return _Splitter(raw).build(start, len(raw), 0, "text/plain")


def head(raw: bytes) -> Part:
    """Only the headers of `raw` as a Part without sub-parts; for attached or quoted messages."""
    start = len(raw) - len(raw.lstrip())
    headers, body = read_headers(raw, start, min(len(raw), start + MAX_HEADERS))
    return Part(raw, headers, body, len(raw))


def read_headers(raw: bytes, start: int, end: int) -> tuple[list[tuple[str, bytes]], int]:
    """Header fields from `start`, and where the body begins. RFC 5322, section 2.2."""
    if raw.startswith((b"\n", b"\r\n"), start):
        return [], start + (1 if raw[start] == 10 else 2)
    limit = min(end, start + MAX_HEADERS + 4)
    found = _END_OF_HEADERS.search(raw, start, limit)
    if found is None and limit < end:
        raise Unreadable("headers_too_big")
    block_end = found.start() if found else end
    headers: list[tuple[str, bytes]] = []
    position, known = start, start
    while position < block_end:
        position_next = _field(raw, position, block_end, headers)
        if position_next < 0:  # not a header: the blank line is missing, the body starts here
            if known <= position:
                later = _KNOWN.search(raw, position, block_end)
                if later is None:
                    return headers, position
                known = later.start() + 1
            line = raw.find(b"\n", position, block_end)
            position_next = block_end if line < 0 else line + 1
        position = position_next
    return headers, found.end() if found else end


def _field(raw: bytes, position: int, end: int, headers: list[tuple[str, bytes]]) -> int:
    """Append the header at `position`; where the next begins, or -1 if this is no header."""
    line_end = raw.find(b"\n", position, end)
    while (
        line_end >= 0 and raw[line_end + 1 : line_end + 2] in (b" ", b"\t") and line_end + 1 < end
    ):
        line_end = raw.find(b"\n", line_end + 1, end)
    stop = end if line_end < 0 else line_end
    match = _FIELD.match(raw, position, stop)
    if match is None:
        return -1
    value = raw[match.end() : stop]
    name = match.group(1).decode("ascii").lower()
    if stop - position > MAX_HEADER:
        headers.append((CUT, name.encode()))
        if name == _VERDICT:
            return stop + 1
        value = _cut(name, value)
    if b"\n" in value:
        value = re.sub(rb"\r?\n[ \t]+", b" ", value)
    headers.append((name, value.strip()))
    return stop + 1


def _cut(name: str, value: bytes) -> bytes:
    """MAX_HEADER bytes of a long value, cut between addresses, words or ids."""
    if name in _KEPT_FROM_THE_END:
        value = value[-MAX_HEADER:]
        return value[max(0, value.find(b"<")) :]
    value = value[:MAX_HEADER]
    for mark in (b",", b" ", b"\t"):
        place = value.rfind(mark, MAX_HEADER // 2)
        if place >= 0:
            return value[:place]
    return value


# What is left of a type that was written without its first or second half.
_HALVES = {"html": "text/html", "plain": "text/plain", "text": "text/plain", "multipart": ""}


def _type(kind: str, default: str) -> str:
    """A media type as it was meant: "text", "text/", "html", "text/plain charset=utf-8"."""
    kind = (kind.split() or [""])[0].rstrip("/")
    if "/" in kind and not kind.startswith("/"):
        return kind
    return _HALVES.get(kind, "") or default


class _Splitter:
    def __init__(self, raw: bytes, count: int = 0) -> None:
        self.raw = raw
        self.count = count

    def build(self, start: int, end: int, depth: int, default: str) -> Part:
        self.count += 1
        if self.count > MAX_PARTS:
            raise Unreadable("too_many_parts")
        if depth > MAX_DEPTH:
            raise Unreadable("too_deep")
        headers, body = read_headers(self.raw, start, end)
        part = Part(self.raw, headers, min(body, end), end, default)
        kind, part.type_params = params.parse(part.get("content-type"))
        part.content_type = _type(kind, default)
        if part.content_type.startswith("multipart/"):
            self._children(part, depth)
        return part

    def _children(self, part: Part, depth: int) -> None:
        boundary = part.type_params.get("boundary", "").encode("latin-1", "replace").rstrip()[:200]
        spans = self._spans(part, boundary) if boundary else []
        if not spans:
            guessed = _GUESSED.search(self.raw, part.start, min(part.end, part.start + 20_000))
            spans = self._spans(part, guessed.group(1)) if guessed else []
        default = "message/rfc822" if part.content_type == "multipart/digest" else "text/plain"
        for start, end in spans:
            part.parts.append(self.build(start, end, depth + 1, default))
        if not spans and not self._encoded(part, depth):
            part.content_type = "text/plain"

    def _encoded(self, part: Part, depth: int) -> bool:
        """Reads a container that was encoded as a whole, against RFC 2045, section 6.4."""
        encoding = part.get("content-transfer-encoding").strip(b" \t\"';").lower()
        if encoding not in (b"base64", b"quoted-printable") or depth >= MAX_DEPTH:
            return False
        plain = words.unbase64(part.body) if encoding == b"base64" else a2b_qp(part.body)
        inner = _Splitter(plain, self.count)
        whole = Part(plain, part.headers, 0, len(plain), content_type=part.content_type)
        whole.headers = [(k, v) for k, v in part.headers if k != "content-transfer-encoding"]
        whole.type_params = part.type_params
        inner._children(whole, depth + 1)
        self.count = inner.count
        part.parts = whole.parts
        return bool(part.parts)

    def _spans(self, part: Part, boundary: bytes) -> list[tuple[int, int]]:
        """Spans between delimiter lines (RFC 2046, section 5.1.1); a missing end is tolerated."""
        raw, needle = self.raw, b"--" + boundary
        spans: list[tuple[int, int]] = []
        opened = -1
        position = raw.find(needle, part.start, part.end)
        while position >= 0:
            after = position + len(needle)
            kind = self._delimiter(position, after, part)
            if kind:
                if opened >= 0:
                    spans.append((opened, max(opened, self._before_newline(position))))
                line_end = raw.find(b"\n", after, part.end)
                opened = -1 if kind == "close" or line_end < 0 else line_end + 1
                if self.count + len(spans) > MAX_PARTS:
                    raise Unreadable("too_many_parts")
            position = raw.find(needle, after, part.end)
        if opened >= 0:
            spans.append((opened, part.end))
        return spans

    def _delimiter(self, position: int, after: int, part: Part) -> str:
        """ "open", "close" or "" if the line at `position` is no delimiter."""
        if position != part.start and self.raw[position - 1] != 10:
            return ""
        rest = self.raw[after : min(part.end, after + 100)].partition(b"\n")[0].strip()
        return {b"": "open", b"--": "close"}.get(rest, "")

    def _before_newline(self, position: int) -> int:
        """The line break before a delimiter belongs to the delimiter."""
        if position > 0 and self.raw[position - 1] == 10:
            position -= 1
            if position > 0 and self.raw[position - 1] == 13:
                position -= 1
        return position


def disposition(part: Part) -> tuple[str, dict[str, str]]:
    """Content-Disposition of a part (RFC 2183): (kind, parameters), ("", {}) if there is none."""
    return params.parse(part.get("content-disposition"))
