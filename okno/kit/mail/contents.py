"""From the tree of parts to one text, one HTML and the attachments."""

from __future__ import annotations

import binascii
import mimetypes
import re
from dataclasses import dataclass, field

from okno.kit import htmltext
from okno.kit.mail import charsets, mime, text, tnef, words
from okno.kit.mail.letter import Attachment, Unreadable
from okno.kit.mail.mime import Part

MAX_TEXT = 500_000
MAX_BODY = 2_000_000
MAX_HTML_BODY = 8_000_000
_SHOWN = {"text/plain", "text/html", "text/enriched"}
_BASE64ISH = re.compile(rb"[A-Za-z0-9+/=\s]*")
_WORD = re.compile(r"\w+")
_LINK = re.compile(r"(?:https?://|mailto:|www\.|cid:)\S+")


@dataclass(slots=True)
class Contents:
    """What people see of a letter, and its files."""

    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    body: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    notices: set[str] = field(default_factory=set)

    @property
    def text(self) -> str:
        return "\n\n".join(piece for piece in self.body if piece.strip())


def payload(part: Part, limit: int | None = None) -> bytes:
    """The body of a leaf, transfer encoding undone; garbage is decoded as far as it goes.

    At most `limit` bytes of the encoded body are read.
    """
    data = part.body if limit is None else part.raw[part.start : min(part.end, part.start + limit)]
    encoding = part.get("content-transfer-encoding").decode("latin-1").strip().lower()
    encoding = encoding.split(";")[0].strip("\"' ")
    if encoding == "base64":
        return _base64(part, data)
    if encoding == "quoted-printable":
        return binascii.a2b_qp(data)
    if encoding in ("x-uuencode", "uuencode", "x-uue", "uue"):
        files = text.cut_uuencoded(b"\n" + data)[1]
        return files[0][1] if files else data
    return data


def _base64(part: Part, data: bytes) -> bytes:
    if part.content_type.startswith("text/") and not _BASE64ISH.fullmatch(data[:2_000]):
        foreign = len(data[:2_000].translate(None, words.BASE64_ALPHABET))
        if foreign * 10 > len(data[:2_000]):
            return data  # a gateway rewrote the body and left the header
    return words.unbase64(data)


def filename(part: Part) -> str:
    """The name a part was sent with, path and control characters removed; "" if there is none."""
    disposition = mime.disposition(part)[1]
    name = disposition.get("filename") or part.type_params.get("name") or ""
    if not name:
        location = words.text(part.get("content-location"))
        name = location if re.fullmatch(r"[\w.-]+\.\w{1,5}", location) else ""
    name = words.one_line(words.decode_words(name))
    name = name.replace("\\", "/").rpartition("/")[2] if re.match(r"[A-Za-z]:|/", name) else name
    return re.sub(r"[/\\]", "_", name).strip(". ")[:200] if name.strip(". ") else ""


def collect(root: Part) -> Contents:
    """Read all parts of `root`. Never raises."""
    contents = Contents()
    if root.content_type in _SHOWN and mime.disposition(root)[0] != "attachment":
        _body(root, contents)  # there is nothing else to read, whatever its file name
    else:
        _visit(root, contents)
    if len(contents.text) > MAX_TEXT:
        contents.body = [contents.text[:MAX_TEXT]]
        contents.notices.add("truncated")
    return contents


def _visit(part: Part, contents: Contents) -> None:
    if part.content_type == "multipart/alternative" and part.parts:
        _alternative(part, contents)
    elif part.content_type == "multipart/related" and part.parts:
        _visit(part.parts[0], contents)  # the root; the others are what it shows (RFC 2387)
        for child in part.parts[1:]:
            (_visit if child.parts else _attach)(child, contents)
    elif part.parts:
        for child in part.parts:
            _visit(child, contents)
    elif _is_body(part, contents):
        _body(part, contents)
    else:
        _attach(part, contents)


def _alternative(part: Part, contents: Contents) -> None:
    """One text in several forms (RFC 2046, section 5.1.4): we read the plain one if they agree."""
    inner = [Contents() for _ in part.parts]
    for child, own in zip(part.parts, inner, strict=True):
        _visit(child, own)
        contents.attachments += own.attachments
        contents.notices |= own.notices
    plain = next((own for own in inner if own.plain and not own.html and own.text.strip()), None)
    rich = next((own for own in reversed(inner) if own.html), None)
    for own in inner:
        if own is plain or own is rich:
            contents.plain += own.plain
            contents.html += own.html
    chosen = plain or rich
    if plain and rich and differ(plain.text, rich.text):
        contents.notices.add("parts_differ")
        # The sender saw the rich form; the plain one is a stub or a trap.
        chosen = rich if rich.text.strip() else plain
    if chosen is not None:
        contents.body += chosen.body


def differ(plain: str, rich: str) -> bool:
    """True if the two forms do not say the same; links and marks of layout do not count."""
    left = set(_WORD.findall(_LINK.sub("", plain[:200_000]).lower()))
    right = set(_WORD.findall(_LINK.sub("", rich[:200_000]).lower()))
    if not left or not right:
        return bool(left or right)
    common = len(left & right)
    return common < 0.6 * len(right) or common < 0.5 * len(left)


def _is_body(part: Part, contents: Contents) -> bool:
    if part.content_type not in _SHOWN:
        return False
    kind, given = mime.disposition(part)
    if kind == "attachment":
        return False
    named = given.get("filename") or part.type_params.get("name")
    if named and (kind == "inline" or contents.body or part.content_type == "text/html"):
        return not contents.body and kind != "inline"
    return True


def _body(part: Part, contents: Contents) -> None:
    limit = MAX_HTML_BODY if part.content_type == "text/html" else MAX_BODY
    data = payload(part, limit)
    if part.end - part.start > limit:
        contents.notices.add("truncated")
    files: list[tuple[str, bytes]] = []
    if part.content_type != "text/html" and b"begin " in data:
        data, files = text.cut_uuencoded(data)
    decoded, known = charsets.decode(data, part.type_params.get("charset", ""))
    if part.content_type != "text/html" and len(decoded) > MAX_TEXT:
        decoded = decoded[:MAX_TEXT]
        contents.notices.add("truncated")
    decoded = charsets.normalise(decoded)
    if not known:
        contents.notices.add("unknown_charset")
    if part.content_type == "text/html":
        _html(decoded, contents)
    else:
        _plain(decoded, part, contents)
    for name, content in files:
        name = words.one_line(name)
        kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        contents.attachments.append(Attachment(name, kind, False, "", content))


def _html(decoded: str, contents: Contents) -> None:
    contents.html.append(decoded)
    seen = htmltext.seen(decoded)
    if seen.hidden:
        contents.notices.add("hidden_text")
    if seen.cut:
        contents.notices.add("truncated")
    if text.has_bidi(seen.text):
        contents.notices.add("bidi_override")
    contents.body.append(text.tidy(seen.text))


def _plain(decoded: str, part: Part, contents: Contents) -> None:
    if part.type_params.get("format", "").lower() == "flowed":
        decoded = text.unflow(decoded, part.type_params.get("delsp", "").lower() == "yes")
    if text.has_bidi(decoded):
        contents.notices.add("bidi_override")
    contents.plain.append(decoded)
    contents.body.append(text.tidy(decoded))


def _attach(part: Part, contents: Contents) -> None:
    kind, name = part.content_type, filename(part)
    content_id = words.text(part.get("content-id")).strip("<> ")
    disposition = mime.disposition(part)[0]
    inline = disposition == "inline" or (bool(content_id) and disposition != "attachment")
    if kind == "message/rfc822":
        contents.attachments.append(_letter(part, name))
        return
    data = payload(part)
    if kind in ("application/ms-tnef", "application/vnd.ms-tnef") or name.lower() == "winmail.dat":
        found = tnef.extract(data)
        if found:
            contents.attachments += found
            return
    name = name or _made_name(kind, contents)
    contents.attachments.append(Attachment(name, kind, inline, content_id, data))


def _letter(part: Part, name: str) -> Attachment:
    """An attached letter is kept whole and named after its subject."""
    data = payload(part)
    if not name:
        try:
            subject = words.text(mime.head(data).get("subject"))
        except Unreadable:  # only the name is lost; the letter is kept as it is
            subject = ""
        name = re.sub(r"[/\\\0]", "_", subject)[:150] or "message"
    if not name.lower().endswith(".eml"):
        name += ".eml"
    return Attachment(name, "message/rfc822", False, "", data)


def _made_name(kind: str, contents: Contents) -> str:
    extension = {"text/calendar": ".ics", "text/plain": ".txt", "image/jpeg": ".jpg"}.get(kind)
    extension = extension or mimetypes.guess_extension(kind) or ".bin"
    base = {"text/calendar": "invite", "message/delivery-status": "delivery-status"}.get(kind)
    base = base or kind.partition("/")[0] or "file"
    taken = {attachment.filename for attachment in contents.attachments}
    number, name = 1, base + extension
    while name in taken:
        number += 1
        name = f"{base}-{number}{extension}"
    return name
