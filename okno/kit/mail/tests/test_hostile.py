"""Letters made to hurt: each within 2 s and 300 MB, and nobody's identity stolen."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from okno.kit import confined
from okno.kit.mail import Letter, Unreadable, parse, wire

MB = 1024 * 1024
ROOT = Path(__file__).resolve().parents[4]
MEASURE = """
import json, sys, time
from okno.kit import confined
from okno.kit.mail import Unreadable, parse
raw = sys.stdin.buffer.read()
start = time.process_time()  # the machine is shared
try:
    letter = parse(raw)
    result = "parsed"
except Unreadable as refused:
    result = refused.reason
seconds = time.process_time() - start
peak = next(line for line in open("/proc/self/status") if line.startswith("VmHWM"))
print(json.dumps([result, seconds, int(peak.split()[1]) // 1024]))
"""


def letter(headers: str = "", body: str = "hello", **more: str) -> Letter:
    lines = {"From": "ann@home.example", "Content_Type": "text/plain; charset=utf-8", **more}
    text = "".join(f"{name.replace('_', '-')}: {value}\r\n" for name, value in lines.items())
    return parse(f"{headers}{text}\r\n{body}".encode())


def from_header(value: str) -> Letter:
    return parse(f"From: {value}\r\nSubject: x\r\n\r\nhello".encode())


def _nested(depth: int, kind: str = "multipart/mixed") -> bytes:
    out = []
    for level in range(depth):
        out.append(f'Content-Type: {kind}; boundary="b{level}"\r\n\r\n--b{level}\r\n')
    return "".join(out).encode() + b"Content-Type: text/plain\r\n\r\nhello"


def _head(body: bytes, kind: str = "text/plain") -> bytes:
    return b"From: a@b.example\r\nContent-Type: " + kind.encode() + b"\r\n\r\n" + body


def _many(part: bytes, count: int) -> bytes:
    return _head((b"--b\r\n" + part) * count + b"--b--", "multipart/mixed; boundary=b")


# Built when asked for: together they would fill the memory.
HEADERS_A14: dict[str, Callable[[], bytes]] = {
    "subject of encoded words": lambda: b"Subject: " + b"=?utf-8?b?0L/RgNC40LLQtdGC?= " * 9_000,
    "subject of encoded words in limits": lambda: b"Subject: " + b"=?utf-8?q?=D0=BF?= " * 800,
    "ten thousand addresses": lambda: b"To: " + b"a@b.example, " * 10_000,
    "addresses in limits": lambda: b"\r\n".join([b"To: " + b"a@b.example, " * 1_200] * 15),
    "brackets in message id": lambda: b"Message-ID: <" + b"[" * 5_000 + b"@b>",
    "nested comments": lambda: b"From: " + b"(" * 40_000 + b")" * 40_000,
    "nested comments in limits": lambda: b"To: " + b"(" * 8_000 + b")" * 8_000,
    "open quotes": lambda: b"To: " + b'"' * 16_000,
    "open angles": lambda: b"To: " + b"<" * 16_000,
    "at signs": lambda: b"To: " + b"a@" * 8_000,
    "at signs in the name": lambda: b"From: " + b'"' + b"a@b " * 3_900 + b'" <a@b.example>',
    "half encoded words": lambda: b"Subject: " + b"=?a?q?" * 2_700,
    "half encoded words base64": lambda: b"Subject: " + b"=?a?b?" * 2_700,
    "nul bytes": lambda: b"Subject: a\0b\0c\r\nTo: \0a@b.example\0",
    "two thousand headers": lambda: b"\r\n".join(b"X-H%d: v" % n for n in range(2_000)),
    "same header again": lambda: b"\r\n".join([b"Authentication-Results: a; dmarc=pass"] * 5_000),
    "idn labels": lambda: b"From: a@" + "ü".encode() * 7_900,
    "idn dots": lambda: b"To: a@" + "ü.".encode() * 5_000,
    "parameters": lambda: b"Content-Type: text/plain" + b"; a=b" * 3_200,
    "parameter quotes": lambda: b'Content-Type: text/plain; a="' + b'\\"' * 7_900,
    "parameter sections": lambda: b"Content-Disposition: attachment" + b"; a*1*=%D0" * 1_400,
    "references": lambda: b"References: " + b"<a@b> " * 2_600,
    "date": lambda: b"Date: " + b"1 " * 8_000,
    "received": lambda: b"\r\n".join(b"Received: from a by b; " + b"x" * 900 for _ in range(270)),
    "no colon": lambda: b"x" * 250_000,
    "lines without a colon": lambda: b"xxx\r\n" * 50_000 + b"Subject: x",
    "authentication comments": lambda: b"Authentication-Results: " + b"(" * 8_000 + b")" * 7_000,
    "authentication quotes": lambda: b"Authentication-Results: " + b'"a' * 8_000,
}
BODIES_A15: dict[str, Callable[[], bytes]] = {
    "hundred thousand parts": lambda: _many(b"\r\nx\r\n", 100_000),
    "thousand parts": lambda: _many(b"Content-Type: text/html\r\n\r\n<b>x\r\n", 998),
    "nesting of 2000": lambda: b"From: a@b.example\r\n" + _nested(2_000),
    "nesting of 2000 without end": lambda: b"From: a@b.example\r\n" + _nested(2_000) * 20,
    "nested messages": lambda: (
        b"From: a@b.example\r\n" + b"Content-Type: message/rfc822\r\n\r\n" * 500
    ),
    "nested messages in parts": lambda: b"From: a@b.example\r\n" + _nested(500, "message/rfc822"),
    "same boundary in itself": lambda: _many(
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n", 5_000
    ),
    "deep and long": lambda: b"From: a@b.example\r\n" + _nested(20) + b"--b\r\n" * (4 * MB),
    "boundary of dashes": lambda: _head(b"-" * (24 * MB), "multipart/mixed; boundary=" + "-" * 70),
    "newlines": lambda: _head(b"\n" * (24 * MB)),
    "carriage returns": lambda: _head(b"\r" * (24 * MB)),
    "one line": lambda: _head(b"a" * (24 * MB)),
    "spaces": lambda: _head(b" " * (24 * MB)),
    "quoted lines": lambda: _head(b"> a\n" * (6 * MB)),
    "colons": lambda: _head(b":\n" * (12 * MB)),
    "from lines": lambda: _head(b"From: a\nTo: b\nDate: c\nSubject: d\n\n" * (MB // 2)),
    "markers": lambda: _head(b"On 5 Oct 2026 12:30 a <a@b.example> wrote:\n\n" * (MB // 2)),
    "dashes": lambda: _head(b"--\na\n" * (MB // 2)),
    "flowed": lambda: _head(b"a \n" * (8 * MB), "text/plain; format=flowed"),
    "base64": lambda: _head(b"=" * (24 * MB)).replace(
        b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
    ),
    "quoted printable": lambda: _head(b"=0A" * (8 * MB)).replace(
        b"\r\n\r\n", b"\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n"
    ),
    "uuencode begins": lambda: _head(b"begin 644 a\n" * (2 * MB)),
    "uuencode parts": lambda: _head(b"begin 644 a\n#0V%T\n`\nend\n" * MB),
    "cyrillic guess": lambda: _head("Привет, мир\n".encode("koi8-r") * (2 * MB)),
    "broken utf-8": lambda: _head(b"\xff\xfe\xd0" * (8 * MB), "text/plain; charset=utf-8"),
    "shift": lambda: _head(b"\x1b$B" * (8 * MB), "text/plain; charset=iso-2022-jp"),
    "hz": lambda: _head(b"~{" * (12 * MB), "text/plain; charset=hz"),
    "utf-16": lambda: _head(b"\xd8\x00" * (12 * MB), "text/plain; charset=utf-16"),
    "html angles": lambda: _head(b"<" * (24 * MB), "text/html"),
    "html tags": lambda: _head(b"<div>" * (4 * MB), "text/html"),
    "html quotes": lambda: _head(b"<blockquote>a" * MB, "text/html"),
    "html closing": lambda: _head(b"<a>" * 10_000 + b"</b>" * (5 * MB), "text/html"),
    "html attribute": lambda: _head(b'<a b="' * (4 * MB), "text/html"),
    "html attributes": lambda: _head(b"<a " + b"style=" * (4 * MB) + b">", "text/html"),
    "html letters": lambda: _head((b"<a " + b"style" * 2_000 + b">") * 2_000, "text/html"),
    "html styles": lambda: _head(b"<a style='color:" + b" " * 9_000 + b"'>" * 2_000, "text/html"),
    "html comments": lambda: _head(b"<!--" * (6 * MB), "text/html"),
    "html declarations": lambda: _head(b"<!a" * (6 * MB), "text/html"),
    "html scripts": lambda: _head(b"<script>" * (3 * MB), "text/html"),
    "html entities": lambda: _head(b"&#x41;&amp" * (2 * MB), "text/html"),
    "html open entities": lambda: _head(b"&" * (24 * MB), "text/html"),
    "html breaks": lambda: _head(b"<br>" * (6 * MB), "text/html"),
    "html cells": lambda: _head(b"<td>" * (6 * MB), "text/html"),
    "winmail": lambda: _head(
        b"\x78\x9f\x3e\x22\0\0" + b"\x02\x02\x90\x06\0\0\0\0\0\0\0" * (2 * MB),
        "application/ms-tnef",
    ),
    "report": lambda: _head(b"Final-Recipient: a\n\n" * MB, "message/delivery-status"),
    "bounce addresses": lambda: _head(b"a@b.example " * MB).replace(
        b"From: a@", b"From: mailer-daemon@"
    ),
    "too big": lambda: _head(b"a" * (26 * MB)),
}


def _measure(raw: bytes) -> None:
    done = subprocess.run(
        [sys.executable, "-c", MEASURE], input=raw, capture_output=True, cwd=ROOT, timeout=60
    )
    assert done.returncode == 0, done.stderr.decode()[-2_000:]
    result, seconds, megabytes = json.loads(done.stdout)
    print(f"{result}, {seconds:.2f} s, {megabytes} MB")
    assert seconds < 2, (result, seconds)
    assert megabytes < 300, (result, megabytes)


@pytest.mark.parametrize("case", HEADERS_A14)
def test_header_bombs_A14(case: str) -> None:
    _measure(b"From: a@b.example\r\n" + HEADERS_A14[case]() + b"\r\n\r\nhello")


@pytest.mark.parametrize("case", BODIES_A15)
def test_mime_bombs_A15(case: str) -> None:
    _measure(BODIES_A15[case]())


@settings(max_examples=200, deadline=None)
@given(
    st.lists(
        st.sampled_from(
            [
                b"From: ",
                b"To: ",
                b"Subject: ",
                b"Content-Type: multipart/mixed; boundary=b\n",
                b"--b",
            ]
            + [b"Content-Transfer-Encoding: base64\n", b"Content-Type: text/html\n", b"=?utf-8?q?"]
            + [
                b"\n",
                b"\n\n",
                b"<",
                b">",
                b'"',
                b"(",
                b"@",
                b"a@b.example",
                b"&#",
                b"begin 644 a\n",
            ]
        )
        | st.binary(max_size=8)
    )
)
def test_any_bytes_are_parsed_A14(pieces: list[bytes]) -> None:
    seen = parse(b"".join(pieces))
    frame = b"".join(wire.answer(seen))
    head, _ = confined.LENGTHS.unpack_from(frame)
    split = confined.LENGTHS.size + head
    assert wire.read_answer(frame[confined.LENGTHS.size : split], frame[split:]) == seen


def test_limits_are_named_A15() -> None:
    for raw, reason in (
        (_head(b"a" * (26 * MB)), "mail_too_big"),
        (b"X: " + b"a\r\n " * 100_000 + b"\r\n\r\n", "headers_too_big"),
        (BODIES_A15["hundred thousand parts"](), "too_many_parts"),
        (BODIES_A15["nesting of 2000"](), "too_deep"),
    ):
        with pytest.raises(Unreadable) as caught:
            parse(raw)
        assert caught.value.reason == reason


@pytest.mark.parametrize(
    "headers",
    [
        "From: a@b.example\r\nFrom: c@d.example",
        "From: a@b.example, c@d.example",
        "From: Friends: a@b.example, c@d.example;",
        "From: Friends: a@b.example;",
        "From:",
        "From: <>",
        "From: Ann",
        "From: undisclosed-recipients:;",
        "Subject: none at all",
        "From: <a@b.example> <c@d.example>",
        "From: a@b.example <c@d.example",
        "From: Ann <a@b.example> c@d.example",
        "Sender: a@b.example",
        "From: a@b.example;c@d.example",
        "FROM: a@b.example\r\nfrom : c@d.example",
    ],
)
def test_ambiguous_from_is_nobody_A06(headers: str) -> None:
    seen = parse(f"{headers}\r\nSubject: x\r\n\r\nhello".encode())
    if headers == "From: a@b.example <c@d.example":
        assert seen.from_ is None or "name_looks_like_address" in seen.notices
    else:
        assert seen.from_ is None
    assert seen.notices


def test_sender_beside_from_changes_nothing_A06() -> None:
    seen = letter(Sender="bob@firm.example")
    assert seen.from_ and seen.from_.address == "ann@home.example"
    assert seen.sender and seen.sender.address == "bob@firm.example"


@pytest.mark.parametrize(
    ("value", "address"),
    [
        ("Ann <ANN@Home.Example>", "ann@home.example"),
        ("ann@home.example.", "ann@home.example"),
        ('"ann"@home.example', "ann@home.example"),
        ("ann+tag@home.example", "ann+tag@home.example"),
        ("ann@home.example (Ann Moon)", "ann@home.example"),
        ('"Moon, Ann" <ann@home.example>', "ann@home.example"),
        ("Moon, Ann <ann@home.example>", "ann@home.example"),
        ("=?utf-8?b?0JDQvdC90LA=?= <ann@home.example>", "ann@home.example"),
        ("ann@домик.example", "ann@xn--d1aiggj.example"),
        ("ann@аpple.example", "ann@xn--pple-43d.example"),
        ("ann@home。example", "ann@home.example"),
        ("<mailto:ann@home.example>", "ann@home.example"),
    ],
)
def test_one_canonical_address_A07(value: str, address: str) -> None:
    seen = from_header(value).from_
    assert seen is not None
    assert seen.address == address


@pytest.mark.parametrize(
    "value",
    [
        "a(&email=victim@x.example&)@evil.example",
        "a@(victim@x.example)evil.example",
        "a@evil.example(victim)@x.example",
        '"victim@x.example"@evil.example',
        '"victim@x.example> <"@evil.example',
        "victim@x.example\0@evil.example",
        "victim@x.example@evil.example",
        "a@evil..example",
        "a@-evil.example",
        "a@[127.0.0.1]",
        "a@evil.example\u202e",
        "<a@evil.example>victim@x.example",
        "a%0d%0aBcc:victim@x.example@evil.example",
        "Friends: ann@home.example;",
        "Ann <ann@home.exam ple>",
        "ann@home.example victim@x.example",
        "=?utf-8?q?=3Cvictim=40x.example=3E=2C_ann=40home.example?=",
        "a (ann@home.example)@evil.example",
    ],
)
def test_smuggled_addresses_are_refused_A07(value: str) -> None:
    assert from_header(value).from_ is None


def test_name_that_shows_another_address_A07() -> None:
    seen = from_header('"victim@x.example" <eve@evil.example>')
    assert seen.from_ and seen.from_.address == "eve@evil.example"
    assert "name_looks_like_address" in seen.notices
    encoded = from_header("=?utf-8?q?victim=40x.example?= <eve@evil.example>")
    assert encoded.from_ and encoded.from_.address == "eve@evil.example"
    assert "name_looks_like_address" in encoded.notices


def test_control_headers_have_no_effect_A10() -> None:
    plain = letter(Subject="x")
    controlled = letter(
        Subject="x", X_Okno_Owner="admin", X_Okno_Conversation="7", X_Zammad_Ticket_Owner="admin"
    )
    assert controlled == plain


@pytest.mark.parametrize(
    "charset",
    ["x-nobody-knows", "utf-7", "unicode_escape", "zip", "idna", "rot13", "../x", "\udce4"],
)
def test_unknown_charsets_are_shown_and_noticed_A16(charset: str) -> None:
    head = f'From: a@b.example\r\nContent-Type: text/plain; charset="{charset}"\r\n\r\n'
    seen = parse(head.encode("utf-8", "surrogateescape") + "Привет +ADw-b+AD4-".encode())
    assert seen.body_text == "Привет +ADw-b+AD4-"
    assert "unknown_charset" in seen.notices


@pytest.mark.parametrize(
    ("charset", "text"),
    [
        ("koi8-r", "Здравствуйте, лампа не горит"),
        ("windows-1251", "Здравствуйте, лампа не горит"),
        ("cp866", "Здравствуйте, лампа не горит"),
        ("iso-8859-5", "Здравствуйте, лампа не горит"),
        ("mac_cyrillic", "Лампа"),
        ("koi8-u", "Лампа не світить, їжак"),
        ("iso-2022-jp", "ランプがつかない"),
        ("shift_jis", "ランプがつかない"),
        ("euc-jp", "ランプがつかない"),
        ("gb18030", "灯不亮"),
        ("gb2312", "灯不亮"),
        ("big5", "燈不亮"),
        ("euc-kr", "램프"),
        ("iso-8859-1", "Grüße"),
        ("windows-1252", "Grüße – €"),
        ("iso-8859-15", "5 €"),
        ("utf-16", "Лампа"),
        ("utf-8", "Лампа"),
    ],
)
def test_charsets_A16(charset: str, text: str) -> None:
    body = text.encode(charset)
    for encoded, name in ((body, "8bit"), (base64.encodebytes(body), "base64")):
        if name == "8bit" and charset == "utf-16":
            continue
        seen = parse(
            f"From: a@b.example\r\nContent-Type: text/plain; charset={charset}\r\n"
            f"Content-Transfer-Encoding: {name}\r\n\r\n".encode()
            + encoded
        )
        assert seen.body_text == text


@pytest.mark.parametrize("charset", ["cp1251", "koi8-r", "utf-8", "iso-8859-5"])
def test_eight_bit_headers_and_bodies_are_guessed_A16(charset: str) -> None:
    raw = "From: Анна Лунина <ann@home.example>\r\nSubject: Лампа не горит\r\n\r\nПомогите".encode(
        charset
    )
    seen = parse(raw)
    assert seen.subject == "Лампа не горит"
    assert seen.body_text == "Помогите"
    assert seen.from_ and (seen.from_.name, seen.from_.address) == (
        "Анна Лунина",
        "ann@home.example",
    )


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("=?utf-8?b?0JvQsNC80L8=?= =?utf-8?b?0LA=?=", "Лампа"),
        ("=?utf-8?b?0JvQsNC80L/Q?= =?utf-8?b?sA==?=", "Лампа"),
        ("=?utf-8?b?0JvQsNC80L/QsA?=", "Лампа"),
        ("=?UTF-8?Q?=D0=9B=D0=B0=D0=BC=D0=BF=D0=B0?=", "Лампа"),
        ("=?utf-8?q?lamp on?=", "lamp on"),
        ("=?koi8-r?b?7MHN0ME=?=", "Лампа"),
        ("=?windows-1251?q?=CB=E0=EC=EF=E0?= (5)", "Лампа (5)"),
        ("=?x-nobody?q?lamp?=", "lamp"),
        ("Re: =?utf-8?q?lamp?= and =?utf-8?q?lamp?=", "Re: lamp and lamp"),
        ("=?utf-8*ru?q?lamp?=", "lamp"),
        ("=?utf-8?q?what??=", "what?"),
        ("=?utf-8?b?0JvQsNC80L/QsA==", "Лампа"),
        ("\u202eabc\u202c", "abc"),
        ("a\r\n b", "a b"),
    ],
)
def test_encoded_words_A16(value: str, text: str) -> None:
    assert letter(Subject=value).subject == text


def test_base64_garbage_A16() -> None:
    plain = letter(body="Это не base64, а просто текст.", Content_Transfer_Encoding="base64")
    assert plain.body_text == "Это не base64, а просто текст."
    cut = letter(body="0JvQsNC80L/QsA", Content_Transfer_Encoding="base64")
    assert cut.body_text == "Лампа"


def test_flowed_text_A16() -> None:
    seen = letter(
        body="a long \nline\n> a \n> b\n-- \nAnn", Content_Type="text/plain; format=flowed"
    )
    assert seen.body_text == "a long line\n> a b\n--\nAnn"
    russian = letter(
        body="длин \nный", Content_Type="text/plain; format=flowed; delsp=yes; charset=utf-8"
    )
    assert russian.body_text == "длинный"


def _tnef(name: bytes, content: bytes) -> bytes:
    def attribute(tag: int, data: bytes) -> bytes:
        return (
            b"\x02"
            + (0x60000 | tag).to_bytes(4, "little")
            + len(data).to_bytes(4, "little")
            + data
            + b"\0\0"
        )

    return (
        b"\x78\x9f\x3e\x22\x01\x00"
        + attribute(0x9002, b"\0" * 14)
        + attribute(0x8010, name + b"\0")
        + attribute(0x800F, content)
    )


def _with_part(head: str, data: bytes) -> Letter:
    return parse(
        _head(
            b"--b\r\nContent-Type: text/plain\r\n\r\nhello\r\n--b\r\n"
            + head.encode()
            + b"\r\nContent-Transfer-Encoding: base64\r\n\r\n"
            + base64.encodebytes(data)
            + b"\r\n--b--\r\n",
            "multipart/mixed; boundary=b",
        )
    )


def test_winmail_A16() -> None:
    head = "Content-Type: application/ms-tnef; name=winmail.dat"
    seen = _with_part(head, _tnef("лампа.txt".encode("cp1251"), b"light"))
    assert [(file.filename, file.data) for file in seen.attachments] == [("лампа.txt", b"light")]
    broken = _with_part(head, b"\x78\x9f\x3e\x22broken")
    assert [file.filename for file in broken.attachments] == ["winmail.dat"]


def test_calendar_and_attached_letter_A16() -> None:
    seen = _with_part("Content-Type: text/calendar; method=REQUEST", b"BEGIN:VCALENDAR")
    assert [file.filename for file in seen.attachments] == ["invite.ics"]
    inner = b"Subject: =?utf-8?b?0JvQsNC80L/QsA==?=\r\n\r\nx"
    seen = _with_part("Content-Type: message/rfc822", inner)
    assert [file.filename for file in seen.attachments] == ["Лампа.eml"]
    assert seen.body_text == "hello"


def test_uuencoded_file_in_text_A16() -> None:
    seen = letter(body="see file\n\nbegin 644 lamp.txt\n%;&EG:'0\n`\nend\n\nbye")
    assert [(file.filename, file.data) for file in seen.attachments] == [("lamp.txt", b"light")]
    assert seen.body_text.split() == ["see", "file", "bye"]


@pytest.mark.parametrize(
    ("disposition", "name"),
    [
        ("filename*=utf-8''%D0%9B%D0%B0%D0%BC%D0%BF%D0%B0.txt", "Лампа.txt"),
        (
            "filename*0*=utf-8''%D0%9B%D0%B0%D0; filename*1*=%BC%D0%BF%D0%B0; filename*2=.txt",
            "Лампа.txt",
        ),
        ('filename="=?utf-8?b?0JvQsNC80L/QsC50eHQ=?="', "Лампа.txt"),
        ('filename="../../etc/passwd"', ".._.._etc_passwd".strip(".")),
        ('filename="C:\\dir\\lamp.txt"', "lamp.txt"),
        ("filename=lamp one.txt", "lamp one.txt"),
        ('filename="a\u202etxt.exe"', "atxt.exe"),
    ],
)
def test_file_names_A16(disposition: str, name: str) -> None:
    head = (
        f"Content-Type: application/octet-stream\r\nContent-Disposition: attachment; {disposition}"
    )
    assert [file.filename for file in _with_part(head, b"x").attachments] == [name]


def test_missing_boundary_A16() -> None:
    body = b"--zz\r\nContent-Type: text/plain\r\n\r\nhello\r\n--zz--\r\n"
    assert parse(_head(body, "multipart/mixed")).body_text == "hello"
    assert "hello" in parse(_head(b"hello", "multipart/mixed; boundary=none")).body_text


def _two_forms(plain: str, rich: str) -> Letter:
    return parse(
        _head(
            f"--b\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n{plain}\r\n--b\r\n"
            f"Content-Type: text/html; charset=utf-8\r\n\r\n{rich}\r\n--b--".encode(),
            "multipart/alternative; boundary=b",
        )
    )


def test_text_part_and_html_part_differ_A17() -> None:
    assert "parts_differ" in _two_forms("please refund 4200 at once", "<p>hello</p>").notices
    same = _two_forms("Hello, the *lamp* blinks", "<p>Hello, the <b>lamp</b> blinks</p>")
    assert same.notices == ()
    assert same.body_text == "Hello, the *lamp* blinks"


@pytest.mark.parametrize(
    "markup",
    [
        '<div style="display:none">{}</div>',
        '<span style="opacity:0">{}</span>',
        '<span style="opacity: 0.0;">{}</span>',
        '<span style="color:#ffffff">{}</span>',
        '<font color="white">{}</font>',
        '<div style="color:#fff"><b>{}</b></div>',
        '<span style="font-size:0">{}</span>',
        '<p style="visibility:hidden">{}</p>',
        "<p hidden>{}</p>",
        '<div style="position:absolute;left:-9999px">{}</div>',
        '<div style="max-height:0;overflow:hidden">{}</div>',
        "<template>{}</template>",
    ],
)
def test_hidden_text_is_noticed_and_not_read_A17(markup: str) -> None:
    page = "<p>hello</p>" + markup.format("refund 4200") + "<p>bye</p>"
    seen = parse(_head(page.encode(), "text/html; charset=utf-8"))
    assert "hidden_text" in seen.notices
    assert seen.body_text.split() == ["hello", "bye"]
    assert "4200" not in seen.reply_text


@pytest.mark.parametrize(
    "markup", ['<span style="font-size:1px">{}</span>', '<span style="color:#fefefe">{}</span>']
)
def test_hardly_visible_text_is_noticed_A17(markup: str) -> None:
    seen = parse(_head(markup.format("refund 4200").encode(), "text/html"))
    assert "hidden_text" in seen.notices
    assert seen.body_text == "refund 4200"


@pytest.mark.parametrize(
    "markup",
    [
        '<table bgcolor="#333"><tr><td style="color:#fff">{}</td></tr></table>',
        '<div style="font-size:0"><p style="font-size:13px">{}</p></div>',
        '<div style="background:#123;color:white">{}</div>',
        '<span style="color:#fff"><i style="color:black">{}</i></span>',
        '<span style="opacity:0.9">{}</span>',
        '<span style="font-size:1em">{}</span>',
    ],
)
def test_visible_text_is_kept_A17(markup: str) -> None:
    seen = parse(_head(markup.format("the lamp").encode(), "text/html"))
    assert seen.body_text == "the lamp"
    assert seen.notices == ()


def test_bidi_overrides_A17() -> None:
    seen = letter(body="pay \u202e0024\u202c now")
    assert "bidi_override" in seen.notices
    assert seen.body_text == "pay 0024 now"
