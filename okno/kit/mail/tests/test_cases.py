"""Cases from practice: bodies, containers, files and headers as programs really send them."""

from __future__ import annotations

import base64
import io
import struct
import subprocess
import zlib
from email.generator import BytesGenerator
from email.message import EmailMessage
from pathlib import Path

import pytest

from okno.kit.mail import Letter, Unreadable, parse
from okno.kit.mail.tests import corpus

ASKED = "Здравствуйте, где мой заказ?"
ODD = ["plane", "slash", "md", "rich", "xplain", "app", "space", "dup", "html", "none", "xhtml"]


def case(name: str) -> Letter:
    return parse((corpus.folder("cases") / f"{name}.eml").read_bytes())


def names(letter: Letter) -> list[str]:
    return [file.filename for file in letter.attachments]


def single(kind: str, body: bytes = ASKED.encode(), headers: str = "") -> Letter:
    """A letter of one part with this Content-Type."""
    return parse(f"From: a@b.example\r\n{headers}Content-Type: {kind}\r\n\r\n".encode() + body)


def parts(kind: str, *leaves: tuple[str, bytes]) -> Letter:
    """A multipart of leaves, each its headers and its body."""
    head = f"From: a@b.example\r\nContent-Type: {kind}; boundary=BB\r\n\r\n".encode()
    inner = b"".join(
        b"--BB\r\n" + top.replace("\n", "\r\n").encode() + b"\r\n\r\n" + body + b"\r\n"
        for top, body in leaves
    )
    return parse(head + inner + b"--BB--\r\n")


@pytest.mark.parametrize(
    ("name", "body", "files"),
    [
        ("18-body-inline-named", ASKED, ["message.txt", "a.png"]),
        ("18c-alt-named", "Здравствуйте", ["alt.txt", "alt.html"]),
        ("18d-html-named-only", "Здравствуйте x", []),
        ("19-amp", "Здравствуйте", []),
        ("19b-watch-html", "Здравствуйте", []),
        ("21-smime-opaque", "Здравствуйте, подписанное письмо: где заказ 777?", ["act.pdf"]),
        ("22-tnef-body-only", "Текст письма только внутри winmail.dat: где заказ?", []),
        ("22b-tnef-1251-name", "см. файл", ["Договор поставки.docx"]),
        ("35p-cte-multipart-b64", "Где заказ?", []),
        ("90l-koi8-label-utf8-bytes", "Тестовое письмо", []),
        ("90e-root-zip", "", ["a!b!1.zip"]),
        *((f"36-type-{kind}", "Где заказ?", []) for kind in ODD),
        ("36-type-csv", "Где заказ?", ["text.csv"]),
        ("36-type-octet", "Где заказ?", ["application.bin"]),
    ],
)
def test_bodies_and_files_of_the_cases(name: str, body: str, files: list[str]) -> None:
    seen = case(name)
    assert seen.body_text == body
    assert names(seen) == files


@pytest.mark.parametrize("disposition", ['inline; filename="body.html"', "inline; filename=b.txt"])
@pytest.mark.parametrize("kind", ["text/plain", "text/html", "text/markdown"])
def test_18_a_named_part_is_the_body_where_there_is_no_other(kind: str, disposition: str) -> None:
    named = f"Content-Type: {kind}; charset=utf-8\nContent-Disposition: {disposition}"
    picture = ("Content-Type: image/png; name=a.png", b"PNG")
    seen = parts("multipart/mixed", picture, (named, ASKED.encode()))
    assert seen.body_text == ASKED
    assert len(seen.attachments) == 2
    other = ("Content-Type: text/plain; charset=utf-8", "Смотрите файл".encode())
    seen = parts("multipart/mixed", other, (named, ASKED.encode()))
    assert seen.body_text == "Смотрите файл"
    assert len(seen.attachments) == 1


def test_18_an_attached_text_is_no_body() -> None:
    log = ("Content-Type: text/plain\nContent-Disposition: attachment; filename=a.log", b"failed")
    seen = parts("multipart/mixed", log, log)
    assert (seen.body_text, names(seen)) == ("", ["a.log", "a.log"])


@pytest.mark.parametrize(
    "kind",
    ["text/x-amp-html", "text/watch-html", "text/rtf", "application/json", "application/ld+json"]
    + ["text/x-unknown", "application/rtf", "text/enriched"],
)
def test_19_alternatives_that_are_not_shown_are_no_files(kind: str) -> None:
    plain = ("Content-Type: text/plain; charset=utf-8", ASKED.encode())
    html = ("Content-Type: text/html; charset=utf-8", f"<p>{ASKED}</p>".encode())
    other = (f"Content-Type: {kind}; charset=utf-8", ASKED.encode())
    seen = parts("multipart/alternative", plain, other, html)
    assert (seen.body_text, names(seen)) == (ASKED, [])
    assert "parts_differ" not in seen.notices


def test_19_an_invitation_and_a_named_file_stay() -> None:
    plain = ("Content-Type: text/plain; charset=utf-8", ASKED.encode())
    call = ("Content-Type: text/calendar; charset=utf-8; method=REQUEST", b"BEGIN:VCALENDAR")
    page = ("Content-Type: application/json; name=order.json", b"{}")
    assert names(parts("multipart/alternative", plain, call, page)) == ["invite.ics", "order.json"]


@pytest.mark.parametrize(
    "kind",
    ["text/plane", "text/", "text", "text/markdown", "text/x-markdown", "text/x-plain", "plain"]
    + ["application/text", "application/plain", "application/txt", "text / plain", "TEXT/Plain"]
    + ["text/plain charset=utf-8", "text/utf-8", "text/unknown", "text/x-web-markdown"]
    + ["application/x-nobody-knows", "application/octet-stream", "text/csv", "text/xml"],
)
def test_36_texts_under_odd_types_are_shown(kind: str) -> None:
    assert single(kind).body_text == ASKED


@pytest.mark.parametrize("kind", ["html", "application/xhtml+xml", "text/html charset=utf-8"])
def test_36_html_under_odd_types(kind: str) -> None:
    assert single(kind, f"<html><p>{ASKED}</p></html>".encode()).body_text == ASKED


def test_36_enriched_and_rtf() -> None:
    rich = "<bold>Где</bold> <color><param>red</param>мой</color>\r\nзаказ?\r\n\r\n5 << 6"
    assert single("text/enriched", rich.encode()).body_text == "Где мой заказ?\n5 < 6"
    rich = "<bold>Где</bold> мой<nl>заказ <lt>7"
    assert single("text/richtext", rich.encode()).body_text == "Где мой\nзаказ <7"
    rtf = (
        rb"{\rtf1\ansi\ansicpg1251{\fonttbl{\f0\fcharset204 Arial;}}{\*\generator X;}"
        rb"\f0\'c3\'e4\'e5 \u1079?\u1072?\'ea\'e0\'e7?\par \{7\}{\pict 00ff}}"
    )
    assert single("text/rtf", rtf).body_text == "Где заказ?\n{7}"
    assert single("application/rtf", rtf).body_text == "Где заказ?\n{7}"


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("application/octet-stream", b"PK\x03\x04\0\0"),
        ("application/pdf", b"%PDF-1.4 x"),
        ("image/svg+xml", b"<svg/>"),
        ("application/octet-stream", "заказ".encode("cp1251")),
    ],
)
def test_36_what_is_no_text_stays_a_file(kind: str, body: bytes) -> None:
    seen = single(kind, body)
    assert seen.body_text == "" and len(seen.attachments) == 1


@pytest.fixture(scope="module")
def signer(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A key and a certificate of nobody's."""
    place = tmp_path_factory.mktemp("signer")
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=Ivan"]
        + ["-keyout", place / "key.pem", "-out", place / "cert.pem"],
        check=True,
        capture_output=True,
    )
    return place


def signed(signer: Path, *options: str) -> bytes:
    """A signed letter with an HTML body and a file, as DER of RFC 5652."""
    inner = EmailMessage()
    inner.set_content(ASKED)
    inner.add_alternative(f"<p>{ASKED}</p>", subtype="html")
    inner.add_attachment(b"%PDF-1.4 x", "application", "pdf", filename="act.pdf")
    out = io.BytesIO()
    BytesGenerator(out).flatten(inner, linesep="\r\n")
    command = ["openssl", "cms", "-sign", "-binary", "-nodetach", "-outform", "DER"]
    command += ["-signer", str(signer / "cert.pem"), "-inkey", str(signer / "key.pem"), *options]
    return subprocess.run(command, input=out.getvalue(), check=True, capture_output=True).stdout


@pytest.mark.parametrize("options", [(), ("-stream",)])  # DER, and BER in pieces
@pytest.mark.parametrize(
    "kind",
    [
        "application/pkcs7-mime; smime-type=signed-data; name=smime.p7m",
        "application/x-pkcs7-mime; name=smime.p7m",
        "application/pkcs7-mime",
        "application/octet-stream; name=letter.P7M",
    ],
)
def test_21_a_signed_letter_is_read_and_nobody_vouches(
    signer: Path, kind: str, options: tuple[str, ...]
) -> None:
    body = base64.encodebytes(signed(signer, *options))
    seen = single(kind, body, "Content-Transfer-Encoding: base64\r\n")
    assert (seen.body_text, names(seen)) == (ASKED, ["act.pdf"])
    assert f"<p>{ASKED}</p>" in seen.body_html
    assert "signature_unverified" in seen.notices
    assert seen.authenticated == "none"


def test_21_within_a_list_s_footer_in_pem_and_compressed(signer: Path) -> None:
    der = signed(signer)
    head = "Content-Type: application/pkcs7-mime; name=smime.p7m"
    footer = ("Content-Type: text/plain", b"-- list footer")
    seen = parts("multipart/mixed", (head, base64.b64encode(der)), footer)
    assert seen.body_text.startswith(ASKED) and names(seen) == ["act.pdf"]
    pem = b"-----BEGIN PKCS7-----\n" + base64.encodebytes(der) + b"-----END PKCS7-----\n"
    assert single("application/pkcs7-mime", pem).body_text == ASKED
    # RFC 3274: compressed data around another entity.
    plain = f"Content-Type: text/plain; charset=utf-8\r\n\r\n{ASKED}".encode()
    octets = tlv(0xA0, tlv(4, zlib.compress(plain)))
    encap = tlv(0x30, tlv(6, bytes.fromhex("2a864886f70d010701")) + octets)
    packed = tlv(0x30, tlv(2, b"\0") + tlv(0x30, b"") + encap)
    whole = tlv(0x30, tlv(6, bytes.fromhex("2a864886f70d0109100109")) + tlv(0xA0, packed))
    assert single("application/pkcs7-mime; name=smime.p7z", whole).body_text == ASKED


def tlv(tag: int, value: bytes) -> bytes:
    length = len(value).to_bytes(3, "big")
    return bytes((tag, 0x83)) + length + value


def test_21_encrypted_and_damaged_ones_stay_files(signer: Path) -> None:
    assert (case("21b-smime-encrypted").body_text, names(case("21b-smime-encrypted"))) == (
        "",
        ["smime.p7m"],
    )
    assert "encrypted" in case("21b-smime-encrypted").notices
    assert "encrypted" in case("21c-pgp-encrypted").notices
    for data in (b"", b"0\x80" * 5_000, signed(signer)[:300], b"\x30\x84\xff\xff\xff\xff"):
        seen = single("application/pkcs7-mime; name=smime.p7m", data)
        assert names(seen) == ["smime.p7m"]


def test_21_a_letter_in_a_letter_in_a_letter_ends() -> None:
    plain = f"Content-Type: text/plain; charset=utf-8\r\n\r\n{ASKED}".encode()
    for _ in range(8):
        encap = tlv(0x30, tlv(6, b"\x2a") + tlv(0xA0, tlv(4, plain)))
        inner = tlv(0x30, tlv(2, b"\1") + tlv(0x31, b"") + encap)
        der = tlv(0x30, tlv(6, bytes.fromhex("2a864886f70d010702")) + tlv(0xA0, inner))
        plain = b"Content-Type: application/pkcs7-mime; name=smime.p7m\r\n\r\n" + der
    seen = parse(b"From: a@b.example\r\n" + plain)
    assert names(seen) == ["smime.p7m"] and ASKED not in seen.body_text


def attribute(level: int, tag: int, value: bytes) -> bytes:
    return (
        struct.pack("<BII", level, tag, len(value)) + value + struct.pack("<H", sum(value) % 65536)
    )


def prop(name: int, kind: int, value: bytes) -> bytes:
    """One property of variable length (MS-OXTNEF, 2.1.3.4)."""
    return struct.pack("<HHII", kind, name, 1, len(value)) + value + b"\0" * (-len(value) % 4)


def winmail(*props: bytes, more: bytes = b"") -> bytes:
    block = struct.pack("<I", len(props)) + b"".join(props)
    page = attribute(1, 0x69007, struct.pack("<II", 1251, 0))
    return b"\x78\x9f\x3e\x22\0\0" + page + attribute(1, 0x69003, block) + more


NUMBER = struct.pack("<HHI", 3, 0x3FDE, 1251)
NAMED = struct.pack("<HH", 3, 0x8001) + b"G" * 16 + struct.pack("<III", 0, 7, 9)
CALLED = struct.pack("<HH", 3, 0x8002) + b"G" * 16 + struct.pack("<II", 1, 6) + b"a\0b\0\0\0\0\0"
CALLED += struct.pack("<I", 9)
RTF = rb"{\rtf1\ansi\ansicpg1251\pard " + "Где заказ?".encode("cp1251") + rb"\par}"
RTF_HTML = (
    rb"{\rtf1\ansi\ansicpg1251\fromhtml1{\*\htmltag64 <p>}\htmlrtf \par \htmlrtf0 "
    rb"\'c3\'e4\'e5 {\*\htmltag84 <b>}\htmlrtf \b \htmlrtf0 \'e7\'e0\'ea\'e0\'e7?"
    rb"{\*\htmltag92 </b>}{\*\htmltag72 </p>}}"
)


def stored(rtf: bytes) -> bytes:
    return struct.pack("<II", len(rtf) + 12, len(rtf)) + b"MELA" + b"\0" * 4 + rtf


def squeezed(rtf: bytes) -> bytes:
    """Compressed by literals, and one reference to the words that both sides know."""
    known = b"{\\rtf1\\ansi"
    assert rtf.startswith(known)
    out = bytearray(b"\x01" + struct.pack(">H", (0 << 4) | (len(known) - 2)))
    rest = rtf[len(known) :]
    out += rest[:7]
    for at in range(7, len(rest), 8):
        out += b"\0" + rest[at : at + 8]
    return struct.pack("<II", len(out) + 12, len(rtf)) + b"LZFu" + b"\0" * 4 + bytes(out)


@pytest.mark.parametrize(
    "props",
    [
        [prop(0x1000, 0x1F, "Где заказ?\0".encode("utf-16-le"))],
        [prop(0x1000, 0x1E, "Где заказ?\0".encode("cp1251"))],
        [NUMBER, prop(0x1013, 0x102, "<p>Где <b>заказ?</b></p>".encode("cp1251"))],
        [NAMED, CALLED, prop(0x1013, 0x1F, "<p>Где заказ?</p>".encode("utf-16-le"))],
        [prop(0x1009, 0x102, stored(RTF))],
        [prop(0x1009, 0x102, squeezed(RTF))],
        [prop(0x1009, 0x102, squeezed(RTF_HTML))],
    ],
)
@pytest.mark.parametrize("kind", ["application/ms-tnef", "application/octet-stream"])
def test_22_a_text_that_is_only_in_winmail_dat(props: list[bytes], kind: str) -> None:
    head = f"Content-Type: {kind}; name=winmail.dat\nContent-Transfer-Encoding: base64"
    data = base64.encodebytes(winmail(*props))
    seen = parts("multipart/mixed", ("Content-Type: text/plain", b""), (head, data))
    assert (seen.body_text, names(seen)) == ("Где заказ?", [])
    alone = single(f"{kind}; name=winmail.dat", data, "Content-Transfer-Encoding: base64\r\n")
    assert alone.body_text == "Где заказ?"


def test_22_the_old_body_files_and_another_body() -> None:
    old = attribute(1, 0x2800C, "Где заказ?\0".encode("cp1251"))
    file = attribute(2, 0x69002, b"\0" * 14) + attribute(2, 0x18010, "счёт.pdf\0".encode("cp1251"))
    file += attribute(2, 0x6800F, b"%PDF")
    data = winmail(more=old + file)
    seen = single("application/ms-tnef; name=winmail.dat", data)
    assert (seen.body_text, names(seen)) == ("Где заказ?", ["счёт.pdf"])
    plain = ("Content-Type: text/plain; charset=utf-8", ASKED.encode())
    seen = parts("multipart/mixed", plain, ("Content-Type: application/ms-tnef", data))
    assert (seen.body_text, names(seen)) == (ASKED, ["счёт.pdf"])
    for size in range(0, len(data), 7):  # cut anywhere
        single("application/ms-tnef; name=winmail.dat", data[:size])


def picture(letter: Letter) -> tuple[str, str]:
    (file,) = letter.attachments
    return file.content_id, letter.body_html


def test_25_pictures_of_the_cases_are_in_their_place() -> None:
    for name in ("25-content-location", "25b-cid-urlencoded", "28n-cid-dup", "24-cid-attachment"):
        content_id, html = picture(case(name))
        assert content_id and f'src="cid:{content_id}"' in html, name


@pytest.mark.parametrize(
    ("html", "headers"),
    [
        ("<img src='cid:a%40b'>", "Content-ID: <a@b>"),
        ('<img src="CID:A@B">', "Content-ID: <a@b>"),
        ('<img src="cid:a@b">', "Content-ID: <a%40b>"),
        ("<img src=cid:a@b>", "Content-ID: a@b"),
        ('<td background="cid:a&amp;b@c">', "Content-ID: <a&b@c>"),
        ('<img src="cid:shot.png">', "Content-Disposition: inline; filename=shot.png"),
        ('<img src="shot%201.png">', "Content-Location: shot 1.png"),
        ('<img src="./shot.png">', "Content-Location: shot.png"),
        ('<img src="http://a.example/s.png">', "Content-Location: http://a.example/s.png"),
        ("<img alt=x src=shot.png>", "Content-Location: shot.png\nContent-ID: <own@id>"),
    ],
)
def test_25_pictures_called_otherwise(html: str, headers: str) -> None:
    body = ("Content-Type: text/html; charset=utf-8", f"<p>{ASKED}{html}</p>".encode())
    seen = parts("multipart/related", body, (f"Content-Type: image/png\n{headers}", b"PNG"))
    content_id, shown = picture(seen)
    assert content_id and f"cid:{content_id}".casefold() in shown.replace("&amp;", "&").casefold()


@pytest.mark.parametrize("ending", [".pdf", ".tar.gz", ".xlsx", "(копия 2).docx"])
def test_27_long_names_are_cut_in_the_middle(ending: str) -> None:
    long = "Приложение к договору поставки " * 20 + ending
    head = f'Content-Type: application/pdf\nContent-Disposition: attachment; filename="{long}"'
    (name,) = names(parts("multipart/mixed", (head, b"%PDF")))
    assert name.startswith("Приложение к договору") and name.endswith(ending)
    assert len(name) <= 200
    inner = f"Subject: {'Слово ' * 100}\r\n\r\nx".encode()
    (name,) = names(parts("multipart/mixed", ("Content-Type: message/rfc822", inner)))
    assert name.endswith(".eml") and len(name) <= 200
    assert names(case("27-long-name"))[0].endswith(".pdf")


@pytest.mark.parametrize("encoding", ["base64", "Quoted-Printable", "BASE64 "])
@pytest.mark.parametrize("kind", ["mixed", "alternative", "related"])
def test_35p_a_container_that_is_encoded_as_a_whole(encoding: str, kind: str) -> None:
    inner = f"--BB\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{ASKED}\r\n--BB--\r\n".encode()
    plain = base64.encodebytes(inner)
    if encoding.lower().startswith("q"):
        plain = b"".join(b"=%02X" % byte for byte in inner).replace(b"=0D=0A", b"\r\n")
    whole = f"Content-Transfer-Encoding: {encoding}\r\n"
    assert single(f"multipart/{kind}; boundary=BB", plain, whole).body_text == ASKED
    # Where it is only said so, the parts are read as they are.
    assert single(f"multipart/{kind}; boundary=BB", inner, whole).body_text == ASKED


def test_41_an_oversized_header_is_cut_and_the_letter_is_read() -> None:
    for name in ("41-to-many", "41b-references-huge", "41d-subject-huge"):
        seen = case(name)
        assert seen.body_text and "header_cut" in seen.notices, name
    many = ", ".join(f"Client {n} <client-{n}@long.example>" for n in range(2_000))
    seen = single("text/plain", b"x", f"To: {many}\r\nX-Long: {'a' * 90_000}\r\n")
    assert 300 < len(seen.to) < 2_000 and seen.to[0].address == "client-0@long.example"
    assert all(address.address.endswith("@long.example") for address in seen.to)
    ids = " ".join(f"<{n}.{'x' * 60}@long.example>" for n in range(1_000))
    assert single("text/plain", b"x", f"References: {ids}\r\n").references[-1].startswith("<999.")


def test_41_the_walls_of_the_whole_stand_and_a_cut_verdict_is_none() -> None:
    with pytest.raises(Unreadable):
        case("41e-many-headers")
    words = f"Authentication-Results: mx; dmarc=pass {'x' * 20_000} header.from=evil.example\r\n"
    raw = f"From: a@b.example\r\n{words}\r\nx".encode()
    assert parse(raw, authserv_id="mx").authenticated == "none"
