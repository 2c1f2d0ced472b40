"""Values with parameters (Content-Type, Content-Disposition): RFC 2045, RFC 2231, and broken."""

from __future__ import annotations

import re
from urllib.parse import unquote_to_bytes

from okno.kit.mail import charsets

_PARAM = re.compile(r";\s*([^\s=;\"]{1,80})\s*=\s*(?:\"((?:[^\"\\]|\\.)*)\"?|([^;]*))", re.S)
_SECTION = re.compile(r"^([^*]+)(?:\*(\d{1,3}))?(\*)?$")
_TYPE_SPACE = re.compile(r"(?<!\s)\s*/\s*")
MAX_PARAMS = 100


def parse(raw: bytes) -> tuple[str, dict[str, str]]:
    """(lower-case main value, parameters) of a raw header value. Never raises."""
    if not raw:
        return "", {}
    text = charsets.decode(raw)[0].replace("\0", "")
    main, _, rest = text.partition(";")
    plain: dict[str, str] = {}
    sections: dict[str, dict[int, tuple[str, bool]]] = {}
    for count, match in enumerate(_PARAM.finditer(";" + rest)):
        if count >= MAX_PARAMS:
            break
        quoted, bare = match.group(2), match.group(3)
        value = re.sub(r"\\(.)", _unescape, quoted) if quoted is not None else bare.strip()
        name = _SECTION.match(match.group(1).lower())
        if name is None:
            continue
        if name.group(2) is None and not name.group(3):
            plain.setdefault(name.group(1), value)
        else:
            index = int(name.group(2) or 0)
            sections.setdefault(name.group(1), {})[index] = (value, bool(name.group(3)))
    for key, parts in sections.items():
        plain[key] = _join(parts)
    return _TYPE_SPACE.sub("/", main).strip().lower(), plain


def _unescape(match: re.Match[str]) -> str:
    # Internet Explorer and some phones send file names as Windows paths: keep their backslashes.
    return match.group(1) if match.group(1) in '"\\' else match.group(0)


def _join(parts: dict[int, tuple[str, bool]]) -> str:
    """RFC 2231 continuations: charset'language'percent-encoded, split in any order."""
    charset, data, text = "", b"", ""
    for index in sorted(parts):
        value, encoded = parts[index]
        if encoded:
            if index == min(parts) and value.count("'") >= 2:
                charset, _, value = value.split("'", 2)
            data += unquote_to_bytes(value)
        else:
            data += value.encode(charsets.codec_for(charset) or "utf-8", "replace")
    text, _ = charsets.decode(data, charset)
    return text
