"""Attack classes B04 and B05."""

import io
import struct
import zipfile
import zlib

import pytest

from okno.kit.filetypes import display_name, is_previewable, sniff

OOXML = "application/vnd.openxmlformats-officedocument."
ODF = "application/vnd.oasis.opendocument."
UNKNOWN = "application/octet-stream"


def png() -> bytes:
    def chunk(kind: bytes, data: bytes) -> bytes:
        return (
            struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
        )

    header = struct.pack(">IIBBBBB", 1, 1, 8, 0, 0, 0, 0)
    image = chunk(b"IHDR", header) + chunk(b"IDAT", zlib.compress(b"\0\0")) + chunk(b"IEND", b"")
    return b"\x89PNG\r\n\x1a\n" + image


def zipped(**parts: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in parts.items():
            method = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            archive.writestr(name, data, method)
    return out.getvalue()


def office(part: str, **more: bytes) -> bytes:
    return zipped(**{"[Content_Types].xml": b"<Types/>", part: b"<x/>"}, **more)


TRAILER = b",\0\0\0\0\x01\0\x01\0\0\x02\x02D\x01\0;"
GIF = b"GIF89a\x01\0\x01\0\x80\0\0\0\0\0\xff\xff\xff!\xf9\x04\0\0\0\0\0" + TRAILER
PLAIN_GIF = b"GIF87a\x01\0\x01\0\0\0\0" + TRAILER
JPEG = b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01"
WEBP = b"RIFF\x24\0\0\0WEBPVP8 "
MP4 = b"\0\0\0\x18ftyp"


@pytest.mark.parametrize(
    ("data", "name", "expected"),
    [
        (png(), "a.png", "image/png"),
        (JPEG, "a.jpg", "image/jpeg"),
        (GIF, "a.gif", "image/gif"),
        (PLAIN_GIF, "a", "image/gif"),
        (WEBP, "a.webp", "image/webp"),
        (b"%PDF-1.7\n", "a.pdf", "application/pdf"),
        (zipped(a=b"x"), "a.zip", "application/zip"),
        (zipped(), "a.zip", "application/zip"),
        (office("word/document.xml"), "a.docx", OOXML + "wordprocessingml.document"),
        (office("xl/workbook.xml"), "a.xlsx", OOXML + "spreadsheetml.sheet"),
        (office("ppt/presentation.xml"), "a.pptx", OOXML + "presentationml.presentation"),
        (office("word/document.xml", **{"word/vbaProject.bin": b"x"}), "a.docm", UNKNOWN),
        (zipped(mimetype=ODF.encode() + b"text", b=b""), "a.odt", ODF + "text"),
        (zipped(mimetype=ODF.encode() + b"spreadsheet"), "a.ods", ODF + "spreadsheet"),
        (zipped(mimetype=b"text/html"), "a.odt", "application/zip"),
        (b"OggS\0\x02" + b"\0" * 30 + b"OpusHead", "a.ogg", "audio/ogg"),
        (b"ID3\x04\0", "a.mp3", "audio/mpeg"),
        (b"\xff\xfb\x90\x64" + b"\0" * 200, "a.mp3", "audio/mpeg"),
        (MP4 + b"M4A \0\0", "a.m4a", "audio/mp4"),
        (MP4 + b"isom\0\0", "a.mp4", "video/mp4"),
        (MP4 + b"heic\0\0", "a.heic", UNKNOWN),
        (b"hello", "a.txt", "text/plain"),
        (b"", "a", "text/plain"),
        ("привет".encode(), "a", "text/plain"),
        ("привет".encode("cp1251"), "a.txt", "text/plain"),
        ("привет".encode("cp1251"), "a.bin", UNKNOWN),
        (b"\xef\xbb\xbfa;b\r\n", "a.csv", "text/plain"),
        (b"BEGIN:VCALENDAR\r\nVERSION:2.0\r\n", "a.ics", "text/calendar"),
        (b"Received: by x\r\nFrom: a@b.test\r\n\r\nhi", "a.eml", "message/rfc822"),
        (b"Received: by x\r\n", "a.txt", "text/plain"),
        (b"MZ\x90\0\x03", "a.exe", UNKNOWN),
        (b"\x7fELF", "a", UNKNOWN),
        (b"II*\0", "a.tiff", UNKNOWN),
        (b"\0\0\x01\0", "a.ico", UNKNOWN),
        (b"BM\x46\0", "a.bmp", UNKNOWN),
    ],
)
def test_types(data: bytes, name: str, expected: str) -> None:
    assert sniff(data, name) == expected


SCRIPTS = [
    b"<!doctype html><script>alert(1)</script>",
    b"\n\t <HTML>",
    b"<svg onload=alert(1)>",
    b"\xef\xbb\xbf<?xml version='1.0'?><svg/>",
    b"<?php echo 1;",
    b"<!-- x --><body>",
    b"\xff\xfe<\0h\0t\0m\0l\0>\0",
    b"<x:script xmlns:x='http://www.w3.org/1999/xhtml'>",
    b"%!PS-Adobe",
    b"#!/bin/sh\n",
    b"alert(1)",
    b"RIFF<script>alert(1)</script>",
    b"GIF89a=1;alert(1)//",
    b"GIF89a/*" + b" " * 20 + b"*/=1;alert(1)",
    b"GIF87a<script>alert(1)</script>",
    b"\xff\xd8\xff",
    b"\x89PNG\r\n\x1a\n<script>alert(1)</script>",
    b"ftyphtml<script>",
    b"\0\0\0\x18ftyp<script>alert(1)</script>",
]


@pytest.mark.parametrize(
    "name", ["a.html", "a.jpg", "a.svg", "a.gif", "a.txt", "a.eml", "a.js", "a"]
)
@pytest.mark.parametrize("data", SCRIPTS)
def test_B04_nothing_that_runs_has_a_type_of_its_own(data: bytes, name: str) -> None:
    assert sniff(data, name) in (UNKNOWN, "text/plain")
    assert not is_previewable(sniff(data, name))


def test_previewable() -> None:
    assert [
        kind
        for kind in ("png", "jpeg", "gif", "webp", "svg+xml", "tiff", "heic", "bmp", "avif")
        if is_previewable("image/" + kind)
    ] == ["png", "jpeg", "gif", "webp"]


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("report.pdf", "report.pdf"),
        ("Счёт № 5 (копия).docx", "Счёт № 5 (копия).docx"),
        ("../../etc/passwd", "passwd"),
        ("..\\..\\boot.ini", "boot.ini"),
        ("/etc/shadow", "shadow"),
        ("C:\\Users\\a\\x.txt", "x.txt"),
        ("..", "file"),
        (".", "file"),
        ("", "file"),
        ("a/", "file"),
        ("./.", "file"),
        (".htaccess", "htaccess"),
        ("shell.pht.", "shell.pht"),
        ("a.pdf. . ", "a.pdf"),
        ("a\0b.txt", "ab.txt"),
        ("invoice\u202egpj.exe", "invoicegpj.exe"),
        ("a\u200b\ufeff.txt", "a.txt"),
        ("\u2066a\u2069.txt", "a.txt"),
        ("a\r\nX-Header: b.txt", "a X-Header_ b.txt"),
        ("a\tb.txt", "a b.txt"),
        ("a.\u200b./x", "x"),
        (".\u200b.", "file"),
        ('<img src=x onerror="1">.png', "_img src=x onerror=_1__.png"),
        ("a:stream.txt", "a_stream.txt"),
        ("con", "_con"),
        ("NUL.txt", "_NUL.txt"),
        ("console.txt", "console.txt"),
        ("и\u0306.txt", "й.txt"),
        ("\u2028.txt", "txt"),
        ("a\u2029b", "a b"),
        ("\ud800a", "a"),
        ("\x7f\x85a", "a"),
    ],
)
def test_B05_display_names(name: str, shown: str) -> None:
    assert display_name(name) == shown


@pytest.mark.parametrize(
    "name",
    [
        "x" * 300 + ".pdf",
        "я" * 300 + ".tar.gz",
        "x" * 149 + "." + "y" * 300,
        "." * 300,
        "x" + "." * 300 + "pdf",
        "a" + "\u0301\u0316" * 100_000,
    ],
)
def test_B05_long_names(name: str) -> None:
    shown = display_name(name)
    assert 0 < len(shown) <= 150
    assert display_name(shown) == shown
    assert not name.endswith((".pdf", ".gz")) or shown.endswith(name[-3:])


def test_27_a_long_name_keeps_its_ending_whatever_its_length() -> None:
    for length in (140, 150, 300, 5_000):
        for ending in (".pdf", ".tar.gz", ".xlsx"):
            name = display_name("Договор " + "я" * length + ending)
            assert len(name) <= 150 and name.endswith(ending) and name.startswith("Договор я")
