"""Parts of letters that leave (RFC 2045, RFC 2046): header fields and bytes, 7-bit clean, CRLF."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Sequence
from dataclasses import dataclass

from okno.kit.mail.header_writer import ids_field, parameters_field

_TYPE = re.compile(r"([a-z0-9]{1,40})/[a-z0-9][a-z0-9.+-]{0,80}", re.I)
_BREAK = re.compile(r"\r\n|\r")


@dataclass(frozen=True)
class Entity:
    """One part: its header fields, each with its line break, and its body."""

    fields: str
    body: bytes

    def __bytes__(self) -> bytes:
        return b"\r\n".join((self.fields.encode("utf-8"), self.body))


def text(content: str, subtype: str = "plain") -> Entity:
    """A text part in UTF-8, quoted-printable."""
    lines = _BREAK.sub("\n", content).encode("utf-8", "replace")
    fields = parameters_field("Content-Type", f"text/{subtype}", {"charset": "utf-8"})
    return Entity(
        fields + "Content-Transfer-Encoding: quoted-printable\r\n",
        binascii.b2a_qp(lines).replace(b"\n", b"\r\n"),
    )


def file(name: str, content_type: str, data: bytes, *, content_id: str = "") -> Entity:
    """A file, in base64. `content_id`, without brackets, makes it a picture of the page that it
    is related to (RFC 2392); other files are attached."""
    found = _TYPE.fullmatch(content_type)
    # Parts of these types may not be in base64 (RFC 2045 section 6.4).
    is_safe = found is not None and found[1].lower() not in ("message", "multipart")
    fields = parameters_field(
        "Content-Type", content_type if is_safe else "application/octet-stream", {}
    )
    kind = "inline" if content_id else "attachment"
    fields += parameters_field("Content-Disposition", kind, {"filename": name})
    fields += "Content-Transfer-Encoding: base64\r\n"
    if content_id:
        fields += ids_field("Content-ID", [f"<{content_id}>"])
    return Entity(fields, base64.encodebytes(data).replace(b"\n", b"\r\n"))


def multipart(subtype: str, parts: Sequence[Entity], boundary: str) -> Entity:
    """Several parts as one. The boundary must hold `=_`, which neither coding ever writes."""
    fields = parameters_field("Content-Type", f"multipart/{subtype}", {"boundary": boundary})
    line = f"--{boundary}".encode()
    pieces = [line + b"\r\n" + bytes(part).removesuffix(b"\r\n") + b"\r\n" for part in parts]
    return Entity(fields, b"".join(pieces) + line + b"--\r\n")


def letter(fields: Sequence[str], body: Entity) -> bytes:
    """The whole letter."""
    return b"".join((*(f.encode("utf-8") for f in fields), b"MIME-Version: 1.0\r\n", bytes(body)))
