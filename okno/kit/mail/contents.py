"""From the tree of parts to one text, one HTML and the attachments."""

from __future__ import annotations

import binascii
import mimetypes
import re
from dataclasses import dataclass, field

from okno.kit import htmltext
from okno.kit.mail import charsets, kinds, mime, misread, placed, rtf, smime, text, tnef, words
from okno.kit.mail.letter import Attachment, Unreadable
from okno.kit.mail.mime import Part

MAX_TEXT = 500_000
MAX_BODY = 2_000_000
MAX_HTML_BODY = 8_000_000
# How often a part may hold a whole letter that is read on, and how deep.
MAX_OPENED = 20
MAX_OPENED_DEPTH = 3
_BODIES = {"text/plain", "text/html", "text/enriched", "text/richtext"}
_PKCS7 = {"application/pkcs7-mime", "application/x-pkcs7-mime"}
_BASE64ISH = re.compile(rb"[A-Za-z0-9+/=\s]*")
_WORD = re.compile(r"\w+")
_LINK = re.compile(r"(?:https?://|mailto:|www\.|cid:)\S+")


@dataclass(slots=True)
class Contents:
    """What people see of a letter, and its files.

    `spare` are parts that are shown when there is nothing else to read; `locations` the
    Content-Location of files by their number.
    """

    plain: list[str] = field(default_factory=list)
    html: list[str] = field(default_factory=list)
    body: list[str] = field(default_factory=list)
    attachments: list[Attachment] = field(default_factory=list)
    notices: set[str] = field(default_factory=set)
    spare: list[Part] = field(default_factory=list)
    locations: dict[int, str] = field(default_factory=dict)
    inside: tnef.Inside | None = None
    depth: int = 0
    opened: int = 0

    @property
    def text(self) -> str:
        return "\n\n".join(piece for piece in self.body if piece.strip())

    def add(self, file: Attachment, location: str = "") -> None:
        if location:
            self.locations[len(self.attachments)] = location
        self.attachments.append(file)

    def take_files(self, other: Contents) -> None:
        """Files and notices of a part of this letter."""
        for number, file in enumerate(other.attachments):
            self.add(file, other.locations.get(number, ""))
        self.notices |= other.notices
        self.inside = self.inside or other.inside


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
    return words.short_name(re.sub(r"[/\\]", "_", name).strip(". "))


def collect(root: Part) -> Contents:
    """Read all parts of `root`. Never raises."""
    contents = Contents()
    if root.content_type == "multipart/encrypted":  # RFC 1847
        contents.notices.add("encrypted")
    if kinds.text_kind(root) and not root.parts and mime.disposition(root)[0] != "attachment":
        _body(root, contents)  # there is nothing else to read, whatever its file name
    else:
        _visit(root, contents)
    if not contents.text.strip() and not contents.html:
        _nothing_else(root, contents)
    if contents.html and contents.attachments:
        contents.html, contents.attachments = placed.place(
            contents.html, contents.attachments, contents.locations
        )
    if len(contents.text) > MAX_TEXT:
        contents.body = [contents.text[:MAX_TEXT]]
        contents.notices.add("truncated")
    return contents


def _nothing_else(root: Part, contents: Contents) -> None:
    """No body was found: winmail.dat has one, or a part that has a name, or the only part is one.
    Of the latter the files stay."""
    if contents.inside is not None and (contents.inside.html or contents.inside.text):
        if contents.inside.html:
            _html(contents.inside.html, contents)
        if contents.inside.text.strip():
            plain = charsets.normalise(contents.inside.text[:MAX_TEXT])
            contents.plain.append(plain)
            contents.body = [text.tidy(plain)]
        return
    spare = contents.spare[:1] or ([root] if not root.parts else [])
    for part in spare:
        shown = Contents()
        if part.parts:
            _alternative(part, shown, is_forced=True)
        else:
            data = payload(part, MAX_BODY)
            kind = kinds.guessed_kind(part, data)
            if kind:
                _body(part, shown, kind)
        contents.plain, contents.html, contents.body = shown.plain, shown.html, shown.body
        contents.notices |= shown.notices


def _visit(part: Part, contents: Contents, *, is_forced: bool = False) -> None:
    if part.content_type == "multipart/alternative" and part.parts:
        _alternative(part, contents)
    elif part.content_type == "multipart/related" and part.parts:
        _visit(part.parts[0], contents)  # the root; the others are what it shows (RFC 2387)
        for child in part.parts[1:]:
            (_visit if child.parts else _attach)(child, contents)
    elif part.parts:
        for child in part.parts:
            _visit(child, contents)
    elif _is_body(part, contents) or (is_forced and kinds.text_kind(part)):
        _body(part, contents)
    else:
        _attach(part, contents)


def _alternative(part: Part, contents: Contents, *, is_forced: bool = False) -> None:
    """One text in several forms (RFC 2046, section 5.1.4): we read the plain one if they agree."""
    inner = [Contents(depth=contents.depth, opened=contents.opened) for _ in part.parts]
    for child, own in zip(part.parts, inner, strict=True):
        _visit(child, own, is_forced=is_forced)
    plain = next((own for own in inner if own.plain and not own.html and own.text.strip()), None)
    rich = next((own for own in reversed(inner) if own.html), None)
    chosen = plain or rich
    for child, own in zip(part.parts, inner, strict=True):
        if chosen is None or not (kinds.is_other_form(child) and not filename(child)):
            contents.take_files(own)
        if own is plain or own is rich:
            contents.plain += own.plain
            contents.html += own.html
    if plain and rich and differ(plain.text, rich.text):
        contents.notices.add("parts_differ")
        # The sender saw the rich form; the plain one is a stub or a trap.
        chosen = rich if rich.text.strip() else plain
    if chosen is not None:
        contents.body += chosen.body
    else:
        contents.spare.append(part)


def differ(plain: str, rich: str) -> bool:
    """True if the two forms do not say the same; links and marks of layout do not count."""
    left = set(_WORD.findall(_LINK.sub("", plain[:200_000]).lower()))
    right = set(_WORD.findall(_LINK.sub("", rich[:200_000]).lower()))
    if not left or not right:
        return bool(left or right)
    common = len(left & right)
    return common < 0.6 * len(right) or common < 0.5 * len(left)


def _is_body(part: Part, contents: Contents) -> bool:
    kind = kinds.text_kind(part)
    if not kind:
        return False
    shown, given = mime.disposition(part)
    if shown == "attachment":
        return False
    named = given.get("filename") or part.type_params.get("name")
    if named and (shown == "inline" or contents.body or kind == kinds.HTML):
        return not contents.body and shown != "inline"
    # Of a known type a second one goes on below; any other is more likely a file without a name.
    return part.content_type in _BODIES or not named


def _body(part: Part, contents: Contents, kind: str = "") -> None:
    kind = kind or kinds.text_kind(part)
    is_html = kind == kinds.HTML
    limit = MAX_HTML_BODY if is_html else MAX_BODY
    data = payload(part, limit)
    if part.end - part.start > limit:
        contents.notices.add("truncated")
    files: list[tuple[str, bytes]] = []
    if not is_html and b"begin " in data:
        data, files = text.cut_uuencoded(data)
    decoded = _decoded(data, part, contents, is_html=is_html)
    if kind == kinds.RTF and (found := rtf.read(data)):
        decoded, is_html = charsets.normalise(found[0]), found[1]
    elif kind == kinds.ENRICHED:
        is_richtext = part.content_type == "text/richtext"
        decoded = kinds.enriched_text(decoded, is_richtext=is_richtext)
    if is_html:
        _html(decoded, contents)
    else:
        _plain(decoded, part, contents)
    for name, content in files:
        name = words.short_name(words.one_line(name))
        file_kind = mimetypes.guess_type(name)[0] or "application/octet-stream"
        contents.add(Attachment(name, file_kind, False, "", content))


def _decoded(data: bytes, part: Part, contents: Contents, *, is_html: bool) -> str:
    """Text of the bytes of a body, and what is noticed about it."""
    charset = part.type_params.get("charset", "")
    decoded, known = charsets.decode(data, charset, is_html=is_html)
    if not is_html and len(decoded) > MAX_TEXT:
        decoded = decoded[:MAX_TEXT]
        contents.notices.add("truncated")
    if not known:
        contents.notices.add("unknown_charset")
    mended = misread.undoubled(decoded)
    if mended is not None:
        contents.notices.add("text_repaired")
        decoded = mended
    return charsets.normalise(decoded)


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
        contents.add(_letter(part, name))
        return
    data = payload(part)
    if _opened(part, data, name.lower(), contents):
        return
    if kinds.text_kind(part) and disposition == "inline":
        contents.spare.append(part)
    name = name or _made_name(kind, contents)
    location = words.text(part.get("content-location"))
    contents.add(Attachment(name, kind, inline, content_id, data), location)


def _opened(part: Part, data: bytes, name: str, contents: Contents) -> bool:
    """Reads a file that is a container of text and files; False if it stays a file."""
    kind = part.content_type
    if kind in ("application/ms-tnef", "application/vnd.ms-tnef") or name == "winmail.dat":
        found = tnef.extract(data)
        if found is None or not (found.text or found.html or found.files):
            return False
        contents.inside = contents.inside or found
        for file in found.files:
            contents.add(file)
        return True
    if kind not in _PKCS7 and not name.endswith((".p7m", ".p7z")):
        return False
    if smime.is_encrypted(data):
        contents.notices.add("encrypted")
    inner = smime.content(data)
    if inner is None or contents.opened >= MAX_OPENED or contents.depth >= MAX_OPENED_DEPTH:
        return False
    try:
        root = mime.split(inner)
    except Unreadable:
        return False
    contents.opened += 1
    contents.depth += 1
    contents.notices.add("signature_unverified")
    _visit(root, contents)
    contents.depth -= 1
    return True


def _letter(part: Part, name: str) -> Attachment:
    """An attached letter is kept whole and named after its subject."""
    data = payload(part)
    if not name:
        try:
            subject = words.text(mime.head(data).get("subject"))
        except Unreadable:  # only the name is lost; the letter is kept as it is
            subject = ""
        name = re.sub(r"[/\\\0]", "_", subject) or "message"
    if not name.lower().endswith(".eml"):
        name += ".eml"
    return Attachment(words.short_name(name), "message/rfc822", False, "", data)


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
