import os
import signal
import smtplib
import ssl
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.stands.certificate import make_certificate
from tests.stands.processes import wait_until
from tests.stands.smtp_record import read_log
from tests.stands.smtp_sink import SmtpSink, SmtpSinkProcess

LETTER = b"Subject: hello\r\n\r\nHello.\r\n..dots\r\n.\r\nend\r\n"
ANNA, BORIS = "anna@client.test", "boris@client.test"


@pytest.fixture(scope="module")
def shared() -> Iterator[SmtpSink]:
    with SmtpSink() as sink:
        yield sink


@pytest.fixture
def sink(shared: SmtpSink) -> Iterator[SmtpSink]:
    yield shared
    shared.rules = []


def send(port: int, *recipients: str, raw: bytes = LETTER, options: tuple[str, ...] = ()) -> dict:
    with smtplib.SMTP("127.0.0.1", port, timeout=5) as smtp:
        return smtp.sendmail("desk@okno.test", recipients or (ANNA,), raw, options)


def test_a_letter_is_kept_byte_for_byte(sink: SmtpSink) -> None:
    before = time.time()
    send(sink.port, ANNA, BORIS)
    mail = sink.mails[-1]
    assert (mail.sender, mail.recipients) == ("desk@okno.test", [ANNA, BORIS])
    assert mail.raw == LETTER
    assert mail.replied and before <= mail.at <= time.time()


@pytest.mark.parametrize("stage", ["connect", "banner", "ehlo", "mail", "rcpt", "data", "body"])
def test_a_drop_before_the_final_dot_delivers_nothing(sink: SmtpSink, stage: str) -> None:
    count = len(sink.mails)
    sink.rules = [{"at": stage, "do": "drop", "after": 20, "times": 1}]
    with pytest.raises((smtplib.SMTPServerDisconnected, ConnectionResetError)):
        send(sink.port)
    assert len(sink.mails) == count
    assert sink.faults[-1].stage == stage
    send(sink.port)
    assert len(sink.mails) == count + 1


@pytest.mark.parametrize("record", [True, False])
def test_a_drop_after_the_final_dot_delivers_or_not(sink: SmtpSink, record: bool) -> None:
    count = len(sink.mails)
    sink.rules = [{"at": "dot", "do": "drop", "record": record}]
    with pytest.raises(smtplib.SMTPServerDisconnected):
        send(sink.port)
    assert [mail.replied for mail in sink.mails[count:]] == ([False] if record else [])


@pytest.mark.parametrize(
    ("rule", "error"),
    [
        ({"at": "banner", "reply": "554 5.3.2 Closed"}, smtplib.SMTPConnectError),
        ({"at": "mail", "reply": "421 4.3.2 Closing"}, smtplib.SMTPSenderRefused),
        ({"at": "data", "reply": "452 4.3.1 No room"}, smtplib.SMTPDataError),
        ({"at": "dot", "reply": "552 5.2.2 Mailbox full"}, smtplib.SMTPDataError),
        ({"at": "dot", "reply": "451 4.3.0 Later"}, smtplib.SMTPDataError),
    ],
)
def test_refusals(sink: SmtpSink, rule: dict[str, Any], error: type[Exception]) -> None:
    count = len(sink.mails)
    sink.rules = [{"do": "reply", "times": 1, **rule}]
    with pytest.raises(error, match=rule["reply"][4:9]):
        send(sink.port)
    assert len(sink.mails) == count


def test_one_recipient_is_refused_and_the_other_greylisted(sink: SmtpSink) -> None:
    sink.rules = [
        {"at": "rcpt", "do": "reply", "reply": "550 5.1.1 No such user", "rcpt": "boris@*"},
        {"at": "rcpt", "do": "greylist", "tries": 2, "rcpt": "vera@*"},
    ]
    refused = [send(sink.port, ANNA, BORIS, "vera@client.test") for _ in range(3)]
    assert [sorted(code for code, _ in tried.values()) for tried in refused] == [
        [451, 550], [451, 550], [550],
    ]  # fmt: skip
    assert sink.mails[-1].recipients == [ANNA, "vera@client.test"]


def test_slow_and_silent(sink: SmtpSink) -> None:
    sink.rules = [
        {"at": "mail", "do": "slow", "rate": 50},
        {"at": "body", "do": "slow", "rate": 200},
        {"at": "dot", "do": "wait", "seconds": 0.3},
    ]
    begin = time.monotonic()
    send(sink.port)
    assert 0.3 + 14 / 50 + len(LETTER) / 200 <= time.monotonic() - begin


def test_a_slow_reader_holds_the_sender_back(sink: SmtpSink) -> None:
    count = len(sink.mails)
    sink.rules = [{"at": "body", "do": "slow", "rate": 1}]
    with smtplib.SMTP("127.0.0.1", sink.port, timeout=1) as smtp, pytest.raises(OSError):
        smtp.sendmail("desk@okno.test", ANNA, b"x" * 70 + b"\r\n" * 1_000_000)
    assert len(sink.mails) == count


def test_a_client_that_gives_up_waiting_has_delivered(sink: SmtpSink) -> None:
    count = len(sink.mails)
    sink.rules = [{"at": "dot", "do": "wait", "seconds": 3}]
    with smtplib.SMTP("127.0.0.1", sink.port, timeout=0.3) as smtp, pytest.raises(OSError):
        smtp.sendmail("desk@okno.test", ANNA, LETTER)
    assert [mail.replied for mail in sink.mails[count:]] == [False]


def test_hidden_extensions_are_enforced(sink: SmtpSink) -> None:
    eight_bit = "Subject: hello\r\n\r\nПривет\r\n".encode()
    send(sink.port, raw=eight_bit, options=("BODY=8BITMIME",))
    with pytest.raises(smtplib.SMTPDataError, match="8BITMIME"):
        send(sink.port, raw=eight_bit)
    sink.rules = [
        {"at": "ehlo", "do": "hide", "name": "8BITMIME"},
        {"at": "ehlo", "do": "hide", "name": "SMTPUTF8"},
    ]
    with smtplib.SMTP("127.0.0.1", sink.port) as smtp:
        smtp.ehlo()
        assert not smtp.has_extn("8bitmime") and not smtp.has_extn("smtputf8")
        assert smtp.mail("desk@okno.test", ["BODY=8BITMIME"])[0] == 555


def test_letters_that_break_the_standards_are_refused(sink: SmtpSink) -> None:
    for raw in (b"Subject: a\r\n\r\n" + b"x" * 999, "Subject: а\r\n\r\n".encode()):
        with pytest.raises(smtplib.SMTPDataError):
            send(sink.port, raw=raw)
    with smtplib.SMTP("127.0.0.1", sink.port) as smtp:
        smtp.ehlo()
        smtp.mail("desk@okno.test")
        smtp.rcpt(ANNA)
        smtp.docmd("DATA")
        smtp.send(b"Subject: a\r\n\r\nsmuggled\n.\nMAIL\r\n.\r\n")
        assert smtp.getreply()[0] == 554


def test_refused_connections(sink: SmtpSink) -> None:
    sink.rules = [{"at": "connect", "do": "refuse"}]
    with pytest.raises(ConnectionRefusedError):
        send(sink.port)
    sink.rules = []
    send(sink.port)


def test_login_over_starttls_and_what_can_go_wrong() -> None:
    with SmtpSink(users={"desk": "пароль"}, tls="starttls") as sink:
        assert sink.certificate
        trust = ssl.create_default_context(cafile=str(sink.certificate.authority))
        with smtplib.SMTP("localhost", sink.port) as smtp:
            smtp.starttls(context=trust)
            with pytest.raises(smtplib.SMTPSenderRefused):
                smtp.sendmail("desk@okno.test", ANNA, LETTER)
            with pytest.raises(smtplib.SMTPAuthenticationError):
                smtp.login("desk", "wrong")
            plain = b"\0desk\0" + "пароль".encode()
            assert smtp.docmd("AUTH", "PLAIN " + _base64(plain))[0] == 235
            smtp.sendmail("desk@okno.test", ANNA, LETTER)
        assert (sink.mails[0].has_tls, sink.mails[0].user) == (True, "desk")
        sink.rules = [{"at": "starttls", "do": "garble"}]
        # Whoever sends garbage may be gone before it is read: SSLError, or the line is reset.
        with smtplib.SMTP("localhost", sink.port) as smtp, pytest.raises(OSError):
            smtp.starttls(context=trust)
        sink.rules = [{"at": "starttls", "do": "reply", "reply": "454 4.7.0 No TLS now"}]
        with smtplib.SMTP("localhost", sink.port) as smtp, pytest.raises(smtplib.SMTPException):
            smtp.starttls(context=trust)


def _base64(data: bytes) -> str:
    return smtplib.encode_base64(data, eol="")


def test_tls_from_the_start_and_a_foreign_certificate(tmp_path: Path) -> None:
    foreign = make_certificate(tmp_path, "other.test")
    trust = ssl.create_default_context(cafile=str(foreign.authority))
    with SmtpSink(tls="implicit", certificate=foreign) as sink:
        with pytest.raises(ssl.SSLCertVerificationError, match="localhost"):
            smtplib.SMTP_SSL("localhost", sink.port, context=trust)
        trust.check_hostname = False
        with smtplib.SMTP_SSL("localhost", sink.port, context=trust) as smtp:
            smtp.sendmail("desk@okno.test", ANNA, LETTER)
        assert sink.mails[0].has_tls


def test_connections_are_counted() -> None:
    with SmtpSink() as sink:
        clients = [smtplib.SMTP("127.0.0.1", sink.port) for _ in range(3)]
        for client in clients:
            client.quit()
        send(sink.port)
        assert (sink.connections, sink.peak) == (4, 3)


def test_a_sink_of_its_own_outlives_a_killed_sender(tmp_path: Path) -> None:
    with SmtpSinkProcess(tmp_path) as sink:
        sink.rules = [{"at": "dot", "do": "wait", "seconds": 30, "times": 1}]
        code = f"""
import smtplib
smtplib.SMTP("127.0.0.1", {sink.port}).sendmail("a@b.test", "{ANNA}", b"x")
"""
        sender = subprocess.Popen([sys.executable, "-c", code])
        wait_until(lambda: bool(sink.mails), 5, "the letter")
        sender.send_signal(signal.SIGKILL)
        sender.wait()
        send(sink.port)
        assert [mail.raw for mail in sink.mails] == [b"x\r\n", LETTER]
        assert [mail.replied for mail in sink.mails] == [False, True]
        assert [fault.do for fault in sink.faults] == ["wait"]
        with pytest.raises(ValueError, match="stage"):
            sink.rules = [{"at": "dots", "do": "drop"}]
        sink.rules = [{"at": "connect", "do": "refuse"}]
        with pytest.raises(ConnectionRefusedError):
            send(sink.port)
    with SmtpSinkProcess(tmp_path, keep_log=True) as sink:
        send(sink.port)
    assert [mail.raw for mail in read_log(sink.log)[0]] == [b"x\r\n", LETTER, LETTER]


def test_a_sink_of_its_own_dies_with_its_maker(tmp_path: Path) -> None:
    code = (
        "import time, pathlib; from tests.stands.smtp_sink import SmtpSinkProcess as S;"
        "s = S(pathlib.Path(%r)); s.start(); print(s._child.pid, flush=True); time.sleep(60)"
    )
    maker = subprocess.Popen(
        [sys.executable, "-c", code % str(tmp_path)], stdout=subprocess.PIPE, text=True
    )
    assert maker.stdout
    pid = int(maker.stdout.readline())
    maker.kill()
    maker.wait()
    maker.stdout.close()
    wait_until(lambda: not _runs(pid), 5, "its end")


def _runs(pid: int) -> bool:
    try:
        os.kill(pid, 0)
        return Path(f"/proc/{pid}/stat").read_text().split()[2] != "Z"
    except (ProcessLookupError, FileNotFoundError):
        return False
