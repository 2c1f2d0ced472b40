"""What a leaf of the tree is to a reader: text of some kind, or a file."""

from __future__ import annotations

import mimetypes
import re

from okno.kit.mail.mime import Part

HTML, PLAIN, ENRICHED, RTF = "html", "plain", "enriched", "rtf"
_HTML_TYPES = {"text/html", "application/xhtml+xml", "text/xhtml", "application/html"}
_ENRICHED_TYPES = {"text/enriched", "text/richtext"}
_RTF_TYPES = {"text/rtf", "application/rtf", "text/x-rtf", "application/x-rtf"}
# Old names of plain text, and PGP's own before RFC 3156.
_PLAIN_TYPES = {"application/text", "application/plain", "application/txt", "application/pgp"}
# Text that programs read, not people; each is a file.
_FILE_TYPES = re.compile(
    r"text/(?:calendar|x-vcalendar|vcard|x-vcard|directory|css|javascript|ecmascript|xml|"
    r"xml-external-parsed-entity|csv|comma-separated-values|tab-separated-values|sgml|"
    r"rfc822-headers|x-amp-html|watch-html|vtt|turtle|n3|vnd\..*|x-(?:python|java|c|c\+\+|sh|perl|"
    r"script|diff|patch|tex|sql).*)"
)
# Another form of the same text, for programs that show it so: AMP for Email, Apple Watch, and what
# templates of mass mail add.
_OTHER_FORMS = re.compile(
    r"text/(?!calendar|x-vcalendar|vcard|x-vcard|directory|csv|plain).*|"
    r"application/(?:rtf|x-rtf|xhtml\+xml|html|json|ld\+json|xml|x-amp.*)"
)
_NO_TEXT = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
MAX_GUESSED = 64 * 1024


def text_kind(part: Part) -> str:
    """How a part that people read is read; "" for a file."""
    kind = part.content_type
    if kind in _HTML_TYPES:
        return HTML
    if kind in _ENRICHED_TYPES:
        return ENRICHED
    if kind in _PLAIN_TYPES:
        return PLAIN
    if kind in _RTF_TYPES or _FILE_TYPES.fullmatch(kind) or not kind.startswith("text/"):
        return ""
    return PLAIN


def is_other_form(part: Part) -> bool:
    """Whether an alternative is a form that is not shown and nobody would miss as a file."""
    return not part.parts and bool(_OTHER_FORMS.fullmatch(part.content_type))


def guessed_kind(part: Part, data: bytes) -> str:
    """How a file is read that is all there is of a letter; "" if it is no text."""
    kind = text_kind(part)
    if kind:
        return kind
    if part.content_type in _RTF_TYPES:
        return RTF
    family = part.content_type.partition("/")[0]
    known = mimetypes.guess_extension(part.content_type) and family != "text"
    is_unknown = part.content_type == "application/octet-stream" or not known
    if family in ("image", "audio", "video", "font", "message", "multipart") or not is_unknown:
        return ""
    if not data.strip() or len(data) > MAX_GUESSED or _NO_TEXT.search(data):
        return ""
    try:
        data.decode(part.type_params.get("charset") or "utf-8")
    except (UnicodeError, LookupError, ValueError):
        return ""
    return HTML if re.match(rb"\s*(?:<!doctype html|<html)", data, re.I) else PLAIN


_PARAM = re.compile(r"<param>.{0,1000}?</param>", re.I | re.S)
_MARK = re.compile(r"</?[a-z][a-z0-9-]{0,59}>", re.I)
_BREAKS = re.compile(r"\n+")


def enriched_text(text: str, *, is_richtext: bool) -> str:
    """Text of text/enriched (RFC 1896), or of text/richtext before it (RFC 1341, section 7.1.3)."""
    if not is_richtext:
        # One line end is a space, more of them are one less.
        text = _BREAKS.sub(lambda found: found.group()[1:] or " ", text)
        text = text.replace("<<", "\0")
    elif re.search(r"<nl>|<lt>", text, re.I):
        text = re.sub(r"\n", " ", text)
        text = re.sub(r"<(?:nl|np|paragraph)>", "\n", text, flags=re.I)
        text = re.sub(r"<lt>", "\0", text, flags=re.I)
    return _MARK.sub("", _PARAM.sub("", text)).replace("\0", "<")
