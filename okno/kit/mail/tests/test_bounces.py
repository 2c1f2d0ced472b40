"""Reports about undelivered letters; the words are those of the programs, the rest is ours."""

from __future__ import annotations

import pytest

from okno.kit.mail import Bounce, parse

COPY = "Message-ID: <77@own.example>\r\nFrom: help@own.example\r\nTo: ann@home.example\r\n\r\nhi"
DAEMON = "From: Mail Delivery System <MAILER-DAEMON@mx.example>\r\nTo: help@own.example\r\n"


def report(status: str, kind: str = "delivery-status", original: str = COPY) -> Bounce | None:
    raw = (
        f"{DAEMON}Subject: Undelivered Mail Returned to Sender\r\n"
        f"Content-Type: multipart/report; report-type={kind}; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n"
        f"--b\r\nContent-Type: message/{kind}\r\n\r\n{status}\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\n{original}\r\n--b--\r\n"
    )
    letter = parse(raw.encode())
    assert letter.auto_reply
    return letter.bounce


def test_delivery_status_report() -> None:
    assert report(
        "Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; Ann@Home.example\r\n"
        "Action: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 <ann@home.example>: no such\r\n user here"
    ) == Bounce(
        "failed",
        "ann@home.example",
        "5.1.1",
        "550 5.1.1 <ann@home.example>: no such user here",
        "<77@own.example>",
    )


@pytest.mark.parametrize(
    ("fields", "kind", "status"),
    [
        ("Action: delayed\r\nStatus: 4.4.1", "delayed", "4.4.1"),
        ("Action: delivered\r\nStatus: 2.0.0", "other", "2.0.0"),
        ("Status: 5.0.0", "failed", "5.0.0"),
        (
            "Action: failed\r\nStatus: 5.0.0\r\nDiagnostic-Code: x; 552 5.2.2 a",
            "failed",
            "5.2.2",
        ),
    ],
)
def test_kinds_of_reports(fields: str, kind: str, status: str) -> None:
    bounce = report(f"Reporting-MTA: x\r\n\r\nFinal-Recipient: rfc822; a@b.example\r\n{fields}")
    assert bounce is not None
    assert (bounce.kind, bounce.status, bounce.recipient) == (kind, status, "a@b.example")


def test_failed_recipient_counts_before_delivered() -> None:
    bounce = report(
        "Reporting-MTA: dns; x\r\n\r\nFinal-Recipient: rfc822; a@b.example\r\nAction: relayed\r\n"
        "\r\nFinal-Recipient: rfc822; c@d.example\r\nAction: failed\r\nStatus: 5.1.1"
    )
    assert bounce is not None and bounce.recipient == "c@d.example"


def test_complaint() -> None:
    bounce = report(
        "Feedback-Type: abuse\r\nVersion: 1\r\nOriginal-Rcpt-To: <ann@home.example>",
        kind="feedback-report",
    )
    assert bounce == Bounce("other", "ann@home.example", "", "feedback: abuse", "<77@own.example>")


def test_read_receipt_is_automatic_but_no_bounce() -> None:
    assert report("Final-Recipient: rfc822; a@b.example", kind="disposition-notification") is None


def test_hostile_copy_does_not_hide_the_report() -> None:
    bounce = report(
        "Final-Recipient: rfc822; a@b.example\r\nAction: failed\r\nStatus: 5.1.1",
        original="Subject: x\r\n\r\n" + "To: y\r\n" * 10,
    )
    assert bounce is not None and bounce.original_message_id == ""


PLAIN = {
    "qmail": "Hi. This is the qmail-send program at mx.example.\r\nI'm afraid I wasn't able to"
    " deliver your message.\r\n\r\n<ann@home.example>:\r\n"
    "Sorry, no mailbox here by that name. (#5.1.1)\r\n"
    "\r\n--- Below this line is a copy of the message.\r\n\r\n",
    "exim": "This message was created automatically by mail delivery software.\r\n\r\n"
    "  ann@home.example\r\n    550 5.1.1 no such user\r\n\r\n"
    "------ This is a copy of the message, including all the headers. ------\r\n\r\n",
    "mail.ru": "Это письмо создано автоматически сервером Mail.Ru, отвечать не нужно.\r\n\r\n"
    "  ann@home.example\r\n    550 5.1.1 user not found\r\n\r\n"
    "------ This is a copy of the message, including all the headers. ------\r\n\r\n",
    "sendmail": "   ----- The following addresses had permanent fatal errors -----\r\n"
    "<ann@home.example>\r\n\r\n   ----- Transcript of session follows -----\r\n"
    "550 5.1.1 <ann@home.example>... User unknown\r\n\r\n"
    "   ----- Original message follows -----\r\n",
}


@pytest.mark.parametrize("program", PLAIN)
def test_reports_written_for_people(program: str) -> None:
    raw = f"{DAEMON}Subject: failure notice\r\n\r\n{PLAIN[program]}{COPY}"
    bounce = parse(raw.encode()).bounce
    assert bounce is not None
    assert (bounce.kind, bounce.recipient, bounce.status) == ("failed", "ann@home.example", "5.1.1")
    assert bounce.original_message_id == "<77@own.example>"


@pytest.mark.parametrize(
    "raw",
    [
        "From: ann@home.example\r\nSubject: Delivery failed again\r\n\r\nThe parcel did not come.",
        "From: ann@home.example\r\nSubject: Fwd: Undelivered Mail Returned to Sender\r\n\r\nWhat?",
        "From: ann@home.example\r\nSubject: x\r\n\r\nHi. This is the third time that I ask.",
        "From: ann@home.example\r\nSubject: x\r\n\r\nI got this:\r\n\r\n" + PLAIN["exim"],
        "Return-Path: <>\r\nFrom: ann@home.example\r\nSubject: Re: Delivery failed\r\n\r\nAway.",
    ],
)
def test_letters_of_people_are_no_bounces(raw: str) -> None:
    assert parse(raw.encode()).bounce is None


def test_a_report_that_a_person_forwards_is_their_letter_R16() -> None:
    raw = (
        "From: Ann <ann@home.example>\r\nSubject: Fwd: Undelivered Mail Returned to Sender\r\n"
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        "--b\r\nContent-Type: text/plain\r\n\r\nMy letter to you came back. Why?\r\n"
        "--b\r\nContent-Type: message/delivery-status; name=details.txt\r\n"
        "Content-Disposition: attachment\r\n\r\nFinal-Recipient: rfc822; shop@own.example\r\n"
        "Action: failed\r\nStatus: 5.1.1\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\n{COPY}\r\n--b--\r\n"
    )
    letter = parse(raw.encode())
    assert letter.bounce is None and not letter.auto_reply


@pytest.mark.parametrize(
    "words",
    [
        "Your message could not be sent. That is what your form tells me.",
        "Sorry, we were unable to deliver your message - so says your page.",
        "Unknown user: ann@home.example - that is what I get at your login.",
    ],
)
def test_words_of_a_report_in_a_person_s_letter_R16(words: str) -> None:
    """With our letter attached it would be taken for a report on that, and shown to nobody."""
    letter = (
        "From: Ann <ann@home.example>\r\nSubject: Your form\r\n"
        "Content-Type: multipart/mixed; boundary=b\r\n\r\n"
        f"--b\r\nContent-Type: text/plain\r\n\r\n{words}\r\n"
        f"--b\r\nContent-Type: message/rfc822\r\n\r\n{COPY}\r\n--b--\r\n"
    )
    assert parse(letter.encode()).bounce is None
    named = letter.replace("Your form", "Undeliverable mail")
    assert parse(named.encode()).bounce is not None
