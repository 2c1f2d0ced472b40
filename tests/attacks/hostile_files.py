"""Files that a browser, a spreadsheet or a server would run, and files that are larger inside."""

import io
import struct
import zipfile
import zlib

_SCRIPT = b"<script>alert(1)</script>"
PNG_HEAD = b"\x89PNG\r\n\x1a\n"


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))


def png(width: int, height: int) -> bytes:
    """A picture that says it has so many points, and few bytes."""
    header = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    data = zlib.compress(bytes(100_000), 9)
    parts = _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")
    return PNG_HEAD + parts


def gif(width: int, height: int) -> bytes:
    size = struct.pack("<HH", width, height)
    return b"GIF89a" + size + b"\x80\0\0\0\0\0\xff\xff\xff,\0\0\0\0" + size + b"\0\x02\x02D\x01\0;"


def jpeg(width: int, height: int) -> bytes:
    app = b"\xff\xe0\x00\x10JFIF\0\x01\x01\0\0\x01\0\x01\0\0"
    frame = b"\xff\xc2" + struct.pack(">HBHH", 11, 8, height, width) + b"\x01\x01\x11\0"
    return b"\xff\xd8" + app + b"\xff\xe1\x00\x06\xff\xc0AB" + frame + b"\xff\xd9"


def webp(width: int, height: int, kind: bytes = b"VP8X") -> bytes:
    if kind == b"VP8X":
        body = b"\x0a\0\0\0\0\0\0\0" + (width - 1).to_bytes(3, "little")
        body += (height - 1).to_bytes(3, "little")
    elif kind == b"VP8L":
        bits = (width - 1) | (height - 1) << 14
        body = b"\x10\0\0\0\x2f" + bits.to_bytes(4, "little") + bytes(8)
    else:
        body = b"\x10\0\0\0\0\0\0\x9d\x01\x2a" + struct.pack("<HH", width, height) + bytes(8)
    return b"RIFF" + struct.pack("<I", len(body) + 8) + b"WEBP" + kind + body


def zipped(entries: dict[str, bytes], *, times: int = 0) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in entries.items():
            archive.writestr(name, data)
        for number in range(times):
            archive.writestr(f"{number}", b"")
    return out.getvalue()


def bombs(entries: int = 20_000) -> dict[str, bytes]:
    """Small files that are 100 times larger, and more, when somebody unpacks them."""
    inner = zipped({f"{n}.bin": bytes(20_000_000) for n in range(2)})
    docx = zipped({"[Content_Types].xml": b"<Types/>", "word/document.xml": bytes(50_000_000)})
    return {
        "zeros.zip": zipped({"zeros": bytes(100_000_000)}),
        "nested.zip": zipped({f"{n}.zip": inner for n in range(10)}),
        "nested.docx": docx,
        "many.zip": zipped({}, times=entries),
        "huge.png": png(100_000, 100_000),
        "huge.gif": gif(65_535, 65_535),
        "huge.jpg": jpeg(65_535, 65_535),
        "huge.webp": webp(16_383, 16_383),
    }


_SVG = b'<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)">' + _SCRIPT + b"</svg>"
# (bytes, the type its sender says it has)
TYPES: dict[str, tuple[bytes, str]] = {
    "page.html": (b"<!doctype html>" + _SCRIPT, "text/html"),
    "page.xhtml": (
        b'<html xmlns="http://www.w3.org/1999/xhtml">' + _SCRIPT,
        "application/xhtml+xml",
    ),
    "picture.svg": (_SVG, "image/svg+xml"),
    "picture.svgz": (zlib.compress(_SVG), "image/svg+xml"),
    "data.xml": (b'<?xml version="1.0"?><?xml-stylesheet href="x.xsl"?><x/>', "text/xml"),
    "sheet.xsl": (b'<xsl:stylesheet version="1.0"/>', "text/xsl"),
    "letter.mhtml": (b"MIME-Version: 1.0\nContent-Type: text/html\n\n" + _SCRIPT, "message/rfc822"),
    "page.jpg": (b"<html>" + _SCRIPT, "image/jpeg"),
    "page.png": (_SCRIPT, "image/png"),
    "script.js": (b"alert(1)", "text/javascript"),
    "module.mjs": (b"export default alert(1)", "text/javascript"),
    "code.wasm": (b"\0asm\1\0\0\0", "application/wasm"),
    "style.css": (b"*{background:url(javascript:alert(1))}", "text/css"),
    "polyglot.gif": (b"GIF89a=1;alert(1)//", "image/gif"),
    "polyglot.js": (b"GIF89a/*" + b" " * 20 + b"*/=1;alert(1)", "text/javascript"),
    "comment.png": (png(1, 1) + _SCRIPT, "text/html"),
    "film.swf": (b"FWS\x06" + bytes(20), "application/x-shockwave-flash"),
    "paper.pdf": (b"%PDF-1.7\n1 0 obj<</OpenAction<</S/JavaScript/JS(alert(1))>>>>", "text/html"),
    "word.docm": (zipped({"[Content_Types].xml": b"", "word/vbaProject.bin": b"x"}), "image/png"),
    "run.hta": (b"<hta:application>" + _SCRIPT, "application/hta"),
    "run.exe": (b"MZ\x90\0", "image/png"),
    "run.sh": (b"#!/bin/sh\nid", "text/x-sh"),
    "link.url": (b"[InternetShortcut]\nURL=javascript:alert(1)", "application/internet-shortcut"),
    "shell.php": (b"<?php system('id');", "application/x-php"),
    "table.csv": (b"=cmd|' /C calc'!A0", "text/csv"),
    "card.vcf": (b"BEGIN:VCARD\nURL:javascript:alert(1)\n", "text/vcard"),
    "dates.ics": (b"BEGIN:VCALENDAR\nURL:javascript:alert(1)\n", "text/calendar"),
    "odd.txt": (b"\xff\xfe<\0s\0c\0r\0i\0p\0t\0>\0", "text/plain; charset=utf-16"),
    "seven.txt": (b"+ADw-script+AD4-alert(1)", "text/plain; charset=utf-7"),
    "picture.tiff": (b"II*\0" + bytes(20), "image/tiff"),
    "picture.heic": (b"\0\0\0\x18ftypheic" + bytes(20), "image/heic"),
    "picture.avif": (b"\0\0\0\x18ftypavif" + bytes(20), "image/avif"),
    "picture.bmp": (b"BM" + bytes(30), "image/bmp"),
    "picture.ico": (b"\0\0\1\0" + bytes(20), "image/x-icon"),
    "font.woff2": (b"wOF2" + bytes(20), "font/woff2"),
    "font.ttf": (b"\0\1\0\0" + bytes(20), "font/ttf"),
}
SAFE_PICTURES = {
    "real.png": png(2, 2), "real.gif": gif(2, 2), "real.jpg": jpeg(2, 2), "real.webp": webp(2, 2)
}  # fmt: skip

DECLARED = [
    "text/html", "text/html; charset=x\"><script>", "image/svg+xml", "image/png\r\nX-Evil: 1",
    "*/*",
    "text/html;text/plain", "application/x-javascript", "multipart/x-mixed-replace", "", "x" * 300,
]  # fmt: skip
NAMES = [
    "../../../../etc/passwd", "/etc/shadow", "..\\..\\boot.ini", "C:\\Windows\\x.exe",
    "a\u200bb.txt",
    "invoice\u202egpj.exe", "dots...", ".htaccess", "shell.pht", "shell.php.jpg",
    "x" * 300 + ".pdf",
    "a\r\nSet-Cookie: evil=1.txt", 'a"; filename="b.html', "<img src=x onerror=alert(1)>.png",
    "con",
    "~root", "-rf", "$(id)", "`id`", "a;b", "%2e%2e%2fx", "..%00.png", "\u2028line",
    "имя файла.txt",
    "a\tb", " lead", "trail. . ", "ＮＵＬ", "web.config", "index.html", "\ufeffbom.txt",
]  # fmt: skip
