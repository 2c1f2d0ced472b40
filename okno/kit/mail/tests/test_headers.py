"""What headers say: authentication, spam, automatic mail, dates and ids."""

from __future__ import annotations

import json
from datetime import UTC, datetime

import pytest

from okno.kit.mail import parse
from okno.kit.mail.inspect import inspect


@pytest.mark.parametrize(
    ("headers", "verdict"),
    [
        ("Authentication-Results: mx.own.example; dmarc=pass header.from=home.example", "pass"),
        ("Authentication-Results: mx.own.example 1; spf=pass; dmarc=fail (p=none)", "fail"),
        ("Authentication-Results: evil.example; dmarc=pass header.from=home.example", "none"),
        ("Authentication-Results: mx.own.example.evil.example; dmarc=pass", "none"),
        (
            "Authentication-Results: mx.own.example; dmarc=fail\r\n"
            "Authentication-Results: mx.own.example; dmarc=pass",
            "fail",
        ),
        (
            "Authentication-Results: mx.own.example; none\r\n"
            "Authentication-Results: mx.own.example; dmarc=pass",
            "none",
        ),
        ("Authentication-Results: mx.own.example; spf=pass (x; dmarc=pass)", "none"),
        ('Authentication-Results: mx.own.example; spf=pass reason="a; dmarc=pass"', "none"),
        ("Authentication-Results: mx.own.example; dmarc=pass header.from=evil.example", "none"),
        ("Authentication-Results: mx.own.example; dmarc=bestguesspass", "none"),
        ("X-Nothing: 1", "none"),
    ],
)
def test_only_our_own_verdict_counts(headers: str, verdict: str) -> None:
    raw = f"{headers}\r\nFrom: ann@home.example\r\n\r\nhello".encode()
    assert parse(raw, authserv_id="mx.own.example").authenticated == verdict
    assert parse(raw).authenticated == "none"


@pytest.mark.parametrize(
    ("header", "spam"),
    [
        ("X-Spam-Flag: YES", True),
        ("X-Spam-Status: Yes, score=9.1", True),
        ("X-Spam: Yes", True),
        ("X-Spamd-Result: default: True [15.10 / 15.00]", True),
        ("X-MS-Exchange-Organization-SCL: 6", True),
        ("X-Forefront-Antispam-Report: CIP:1.2.3.4;SCL:9;SRV:", True),
        ("X-Spam-Flag: NO", False),
        ("X-Spam-Status: No, score=-1", False),
        ("X-MS-Exchange-Organization-SCL: -1", False),
        ("X-Spamd-Result: default: False [1.10 / 15.00]", False),
    ],
)
def test_spam_verdicts(header: str, spam: bool) -> None:
    assert parse(f"{header}\r\nFrom: a@b.example\r\n\r\nx".encode()).spam is spam


@pytest.mark.parametrize(
    ("header", "automatic"),
    [
        ("Auto-Submitted: auto-replied", True),
        ("Auto-Submitted: no", False),
        ("Precedence: auto_reply", True),
        ("X-Autoreply: yes", True),
        ("X-Auto-Response-Suppress: All", True),
        ("Return-Path: <>", True),
        ("Subject: Автоответ: отпуск до 10 октября", True),
        ("Subject: Automatic reply: lamp", True),
        ("Subject: Abwesenheitsnotiz: Lampe", True),
        ("Subject: Re: Undelivered Mail Returned to Sender", False),
        ("Subject: Автоответчик не работает", False),
        ("Subject: Проблема с доставкой", False),
    ],
)
def test_automatic_letters(header: str, automatic: bool) -> None:
    seen = parse(f"{header}\r\nFrom: a@b.example\r\n\r\nHi. This is the third letter.".encode())
    assert seen.auto_reply is automatic
    assert seen.bounce is None


@pytest.mark.parametrize(
    ("value", "date"),
    [
        ("Mon, 5 Oct 2026 12:30:00 +0300", datetime(2026, 10, 5, 9, 30, tzinfo=UTC)),
        ("5 Oct 2026 12:30:00 -0000", datetime(2026, 10, 5, 12, 30, tzinfo=UTC)),
        ("Mon, 5 Oct 2026 12:30:00 GMT (noon)", datetime(2026, 10, 5, 12, 30, tzinfo=UTC)),
        ("soon", None),
        ("Mon, 99 Oct 2026 12:30:00", None),
        ("1 Jan 9999999 00:00:00 +2359", None),
        ("31 Dec 9999 23:59:59 -2359", None),
        ("", None),
    ],
)
def test_dates_are_utc(value: str, date: datetime | None) -> None:
    assert parse(f"Date: {value}\r\nFrom: a@b.example\r\n\r\nx".encode()).date == date


def test_ids_and_recipients() -> None:
    seen = parse(
        b"Message-ID: <3@home.example>\r\nIn-Reply-To: <2@own.example> (yesterday)\r\n"
        b"References: <1@own.example>\r\n <2@own.example>\r\n"
        b"Delivered-To: Help@Own.example\r\nX-Original-To: help@own.example\r\n"
        b"From: a@b.example\r\nTo: help@own.example, =?utf-8?q?Moon=2C_Ann?= <ann@home.example>\r\n"
        b"Reply-To: <ann@home.example>\r\nList-Id: <lamps.example>\r\n\r\nx"
    )
    assert seen.message_id == "<3@home.example>"
    assert seen.in_reply_to == "<2@own.example>"
    assert seen.references == ("<1@own.example>", "<2@own.example>")
    assert seen.delivered_to == ("help@own.example",)
    assert [(who.name, who.address) for who in seen.to] == [
        ("", "help@own.example"),
        ("Moon, Ann", "ann@home.example"),
    ]
    assert str(seen.to[1]) == '"Moon, Ann" <ann@home.example>'
    assert [who.address for who in seen.reply_to] == ["ann@home.example"]
    assert seen.is_list


@pytest.mark.parametrize(
    ("value", "name"),
    [
        ('"Moon \\"Ann\\"" <ann@home.example>', 'Moon "Ann"'),
        ("'Ann' <ann@home.example>", "Ann"),
        ("ann@home.example <Ann@home.example>", ""),
        ("Ann [Support] <ann@home.example>", "Ann [Support]"),
        ('=?utf-8?q?"Moon,_Ann"?= <ann@home.example>', "Moon, Ann"),
    ],
)
def test_display_names(value: str, name: str) -> None:
    seen = parse(f"From: {value}\r\n\r\nx".encode()).from_
    assert seen is not None
    assert (seen.name, seen.address) == (name, "ann@home.example")


def test_inspect_is_one_json_object() -> None:
    raw = (
        b"From: Ann <ann@home.example>\r\nTo: a@b.example, Bob <c@d.example>\r\n"
        b"Subject: lamp\r\nMessage-ID: <1@home.example>\r\nIn-Reply-To: <0@own.example>\r\n"
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        b"--b\r\n\r\nIt blinks.\r\n\r\n--\r\nAnn\r\n"
        b"--b\r\nContent-Type: image/png; name=lamp.png\r\n\r\nabc\r\n--b--\r\n"
    )
    seen = json.loads(json.dumps(inspect(raw)))
    assert seen["from"] == "Ann <ann@home.example>"
    assert seen["to"] == "a@b.example, Bob <c@d.example>"
    assert seen["cc"] == ""
    assert (seen["message_id"], seen["in_reply_to"]) == ("<1@home.example>", "<0@own.example>")
    assert seen["reply_text"] == "It blinks."
    assert seen["attachments"] == [
        {"filename": "lamp.png", "size": 3, "content_type": "image/png", "inline": False}
    ]
    assert (seen["auto_reply"], seen["bounce"], seen["notices"]) == (False, None, [])


@pytest.mark.parametrize(
    ("header", "automatic"),
    [
        ("Subject: Auto: BMW 320 brakes", False),
        ("Subject: Auto-reply does not work", False),
        ("Subject: Out of office furniture? Need 5 chairs", False),
        ("Subject: Re: Автоматический ответ: ваш заказ", False),
        ("Subject: Я в отпуске, перенесите доставку", False),
        ("Subject: Out of Office AutoReply: lamp", True),
        ("Subject: Out of office until 5 May", True),
        ("Subject: Автоматический ответ: лампа", True),
        ("Subject: Я в отпуске до 5 мая", True),
        ("Subject: Automatic reply", True),
        ("Subject: Vacation notice Ann Smith\r\nIn-Reply-To: <1@own.example>", True),
    ],
)
def test_a_person_s_subject_is_no_vacation_reply(header: str, automatic: bool) -> None:
    """A11: what is taken for automatic reopens nothing and waits for nobody."""
    seen = parse(f"{header}\r\nFrom: a@b.example\r\n\r\nWhere is my order?".encode())
    assert seen.auto_reply is automatic


@pytest.mark.parametrize(
    ("text", "is_", "called"),
    [
        ("Где мой заказ?", "utf-8", "windows-1251"),
        ("Naïve café, déjà vu", "utf-8", "iso-8859-1"),
        ("Добрый день, где мой заказ?", "cp1251", "iso-8859-1"),
        ("Добрый день, где мой заказ?", "koi8-r", "windows-1252"),
        ("Für die Lampe von Jürgen: größer, schöner, überall", "cp1252", "iso-8859-1"),
        ("ÄÖÜ äöü ß ÄÖÜ äöü ß", "cp1252", "iso-8859-1"),
        ("АЛЬЯНС «Окно» ждёт", "cp1251", "windows-1251"),
    ],
)
def test_text_under_the_name_of_another_charset_A16(text: str, is_: str, called: str) -> None:
    head = f"From: a@b.example\r\nContent-Type: text/plain; charset={called}\r\n\r\n"
    assert parse(head.encode() + text.encode(is_)).body_text == text


def test_recipients_with_names_in_a_group_and_behind_a_broken_one() -> None:
    """RFC 5322, section 3.4."""
    raw = (
        b'From: a@b.example\r\nTo: All: "B, C" <b@c.example>, d@e.example;, Eve <eve@f.example>\r\n'
        b"Cc: Ann ann@home.example, Bob <bob@home.example>\r\n\r\nhi"
    )
    letter = parse(raw)
    to = [(who.name, who.address) for who in letter.to]
    assert to == [("B, C", "b@c.example"), ("", "d@e.example"), ("Eve", "eve@f.example")]
    assert [who.address for who in letter.cc] == ["ann@home.example", "bob@home.example"]


def test_the_only_part_is_the_body_though_it_has_a_file_name() -> None:
    raw = (
        b"From: a@b.example\r\nContent-Type: text/plain; name=body.txt\r\n"
        b"Content-Disposition: inline; filename=body.txt\r\n\r\nWhere is my order?"
    )
    letter = parse(raw)
    assert letter.body_text == "Where is my order?" and not letter.attachments
