"""The letter door by real SMTP: R05 (busy database), accepting once, and where a letter ends."""

import contextlib
import smtplib
import socket
import ssl
import threading
from collections import Counter
from datetime import timedelta

import pytest

from okno.channels.email import smtp_session
from okno.channels.email.smtp_door import SmtpDoor
from okno.channels.email.smtp_session import Session
from okno.channels.models import Inbound
from okno.desk.actions import change_channel, create_channel
from okno.desk.models import Message
from okno.kit import clock, failpoint
from okno.spine import SYSTEM, unit
from okno.spine.worker import Worker
from tests.instead import instead
from tests.stands.certificate import make_certificate
from tests.stands.imap_proxy import Cut, CutProxy
from tests.stands.processes import wait_until

HEAD = b"From: Dan <dan@client.example>\r\nSubject: Hi\r\nMessage-ID: <%d@client.example>\r\n\r\n"
US = "support@okno.example"


@pytest.fixture
def door(live_world):
    door = SmtpDoor("127.0.0.1", 0)
    door.start()
    yield door
    door.stop()
    assert not door.is_alive()
    failpoint.arm("")


@pytest.fixture
def smtp(door):
    with smtplib.SMTP("127.0.0.1", door.port, timeout=20) as client:
        client.ehlo("client.example")
        yield client


def letter(number: int, body: bytes = b"Hello.\r\n") -> bytes:
    return HEAD % number + body


def talk(door, data: bytes, answers: int) -> list[bytes]:
    """Send bytes as they are, after the greeting; the first lines of so many answers."""
    with socket.create_connection(("127.0.0.1", door.port), timeout=20) as raw:
        lines = raw.makefile("rb")
        lines.readline()
        raw.sendall(data)
        return [lines.readline() for _ in range(answers)]


def test_a_letter_becomes_a_message(door, smtp):
    worker = Worker()
    worker.start()
    try:
        smtp.sendmail("dan@client.example", ["Support+tag@Okno.example"], letter(1))
        inbound = Inbound.objects.get()
        assert (inbound.external_id, bytes(inbound.body)) == ("<1@client.example>", letter(1))
        assert inbound.meta == {
            "sender": "dan@client.example",
            "recipients": ["Support+tag@Okno.example"],
            "peer": "127.0.0.1",
        }
        wait_until(lambda: Message.objects.exists(), 20, "the message")
    finally:
        worker.stop()
    assert Message.objects.get().text.strip() == "Hello."


def test_only_active_channels_have_mailboxes(door, smtp, live_world):
    smtp.mail("dan@client.example")
    for address in ("nobody@okno.example", "support@other.example", "support", "a b@okno.example"):
        assert smtp.rcpt(address)[0] in (550, 501, 553), address
    assert smtp.rcpt(US)[0] == 250
    with unit(live_world.alice, "test"):
        change_channel(live_world.alice, live_world.channel, is_active=False)
    door._house.recipients._at = float("-inf")
    assert smtp.rcpt(US)[0] == 550
    assert smtp.rcpt("x" * 300 + "@okno.example")[0] >= 500


def test_bounces_come_without_a_sender(door, smtp):
    assert smtp.sendmail("", [US], letter(1)) == {}
    assert Inbound.objects.get().meta["sender"] == ""


def test_a_letter_to_two_channels_is_one_commit(door, smtp, live_world):
    with unit(SYSTEM, "test"):
        create_channel(SYSTEM, "email", "Sales", address="sales@okno.example")
    failpoint.arm("raw.before_commit=raise")
    both = [US, "sales@okno.example", "support+1@okno.example"]
    with pytest.raises(smtplib.SMTPDataError) as refused:
        smtp.sendmail("dan@client.example", both, letter(1))
    assert refused.value.smtp_code == 451
    assert not Inbound.objects.exists()
    smtp.sendmail("dan@client.example", both, letter(1))
    assert Inbound.objects.count() == 2


@pytest.mark.parametrize("point", ["raw.before_commit", "raw.after_commit_before_ack"])
@pytest.mark.parametrize("action", ["raise", "cut"])
def test_R01_no_250_without_a_commit_and_no_twin_after_a_repeat(door, smtp, point, action):
    failpoint.arm(f"{point}={action}")
    with pytest.raises(smtplib.SMTPDataError) as refused:
        smtp.sendmail("dan@client.example", [US], letter(1))
    assert refused.value.smtp_code == 451
    smtp.sendmail("dan@client.example", [US], letter(1))
    smtp.sendmail("dan@client.example", [US], letter(1))
    assert Inbound.objects.count() == 1


def test_a_bad_letter_does_not_refuse_its_neighbours(door):
    """Many sessions share commits; the third commit fails: none is lost, none twice."""
    failpoint.arm("raw.before_commit=raise@3")
    answers: Counter[int] = Counter()

    def send(begin: int) -> None:
        with smtplib.SMTP("127.0.0.1", door.port, timeout=60) as client:
            for number in range(begin, begin + 10):
                while True:
                    try:
                        client.sendmail("dan@client.example", [US], letter(number))
                        break
                    except smtplib.SMTPDataError as error:
                        answers[error.smtp_code] += 1

    threads = [threading.Thread(target=send, args=(n * 100,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert Inbound.objects.count() == 80
    assert set(answers) <= {451} and answers[451] <= 1


ENDS = [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r\n", b"\r\n.\r", b"\r.\r", b"\r\n\0.\r\n"]


@pytest.mark.parametrize("end", ENDS)
def test_A20_no_second_letter_is_smuggled_in(door, end):
    smuggled = b"MAIL FROM:<ceo@okno.example>\r\nRCPT TO:<support@okno.example>\r\nDATA\r\n"
    body = letter(1, b"first" + end + smuggled + letter(2))
    head = b"EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<support@okno.example>\r\nDATA\r\n"
    with socket.create_connection(("127.0.0.1", door.port), timeout=20) as raw:
        lines = raw.makefile("rb")
        raw.sendall(head)
        while not lines.readline().startswith(b"354"):
            pass
        raw.sendall(body + b"\r\n.\r\nQUIT\r\n")
        assert lines.readline().startswith(b"250")
        assert lines.readline().startswith(b"221")
    assert bytes(Inbound.objects.get().body) == body + b"\r\n"


def test_what_comes_before_the_354_is_refused(door):
    early = b"EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<support@okno.example>\r\nDATA\r\n"
    answers = talk(door, early + letter(1) + b".\r\n", 9)
    assert any(a.startswith(b"554") for a in answers), answers
    assert not Inbound.objects.exists()


@pytest.mark.parametrize("body", [b"", b".\r\n", b"..\r\n.\r\n...\r\n", b"a\r\n.b\r\n", b"\r\n"])
def test_dots_come_through(door, smtp, body):
    smtp.sendmail("dan@client.example", [US], letter(1, body))
    assert bytes(Inbound.objects.get().body) == letter(1, body)


def test_a_letter_of_only_a_dot(door, smtp):
    smtp.mail("dan@client.example")
    smtp.rcpt(US)
    smtp.docmd("DATA")
    assert smtp.docmd(".")[0] == 250
    assert Inbound.objects.get().size == 0


def test_long_lines_are_taken_and_25_MB_is_the_end(door, smtp):
    line = letter(1, b"x" * 3_000_000 + b"\r\n")
    smtp.sendmail("dan@client.example", [US], line)
    assert Inbound.objects.get().size == len(line)
    assert smtp.mail("dan@client.example", ["SIZE=26214401"])[0] == 552
    smtp.rset()
    too_long = letter(2, b"y" * smtp_session.LARGEST)
    smtp.esmtp_features.pop("size")
    with pytest.raises(smtplib.SMTPDataError) as refused:
        smtp.sendmail("dan@client.example", [US], too_long)
    assert refused.value.smtp_code == 552
    smtp.sendmail("dan@client.example", [US], letter(3))
    assert Inbound.objects.count() == 2
    assert door._house.in_flight == 0


def test_A19_a_letter_has_100_recipients_at_most(door, smtp):
    smtp.mail("dan@client.example")
    codes = Counter(smtp.rcpt(f"support+{n}@okno.example")[0] for n in range(105))
    assert codes == {250: 100, 452: 5}
    smtp.data(letter(1))
    assert Inbound.objects.count() == 1


def test_starttls_and_what_was_sent_before_it(live_world, tmp_path):
    made = make_certificate(tmp_path)
    door = SmtpDoor("127.0.0.1", 0, str(made.chain), str(made.key))
    door.start()
    try:
        with smtplib.SMTP("localhost", door.port, timeout=20) as client:
            client.starttls(context=ssl.create_default_context(cafile=str(made.authority)))
            client.sendmail("dan@client.example", [US], letter(1))
        with smtplib.SMTP("localhost", door.port, timeout=20) as client:
            client.sendmail("dan@client.example", [US], letter(2))
    finally:
        door.stop()
    assert Inbound.objects.count() == 2


@contextlib.contextmanager
def lines(door, count, host="127.0.0.1"):
    """That many connections from a host of the loopback, each of which was greeted."""
    with contextlib.ExitStack() as stack:
        made = []
        for _ in range(count):
            line = socket.create_connection(("127.0.0.1", door.port), 20, (host, 0))
            made.append(stack.enter_context(line))
            assert line.recv(3) == b"220"
        yield made


def code_of_one_more(door, host):
    with socket.create_connection(("127.0.0.1", door.port), 20, (host, 0)) as last:
        return last.recv(3)


def test_L9_idle_connections_of_a_host_make_place_for_its_next_and_all_others(door):
    # More than the door holds, one after the other: the first ones have gone.
    with lines(door, smtp_session.MOST_CONNECTIONS + 10) as mine:
        first = b""
        while piece := mine[0].recv(4096):
            first += piece
        assert first.splitlines()[-1].startswith(b"421")
        assert code_of_one_more(door, "127.0.0.2") == b"220"
        say(door)
    wait_until(lambda: not door._house.sessions, 10, "the sessions to end")
    assert Inbound.objects.count() == 1


def test_L9_who_writes_a_letter_keeps_the_place(door):
    with lines(door, smtp_session.MOST_OF_A_NETWORK) as mine:
        for line in mine:
            line.sendall(b"HELO x\r\nMAIL FROM:<dan@client.example>\r\nNOOP\r\n")
        for line in mine:
            said = b""
            while said.count(b"250") < 3:
                said += line.recv(4096)
        assert code_of_one_more(door, "127.0.0.1") == b"421"
        assert code_of_one_more(door, "127.0.0.2") == b"220"
        for line in mine:
            line.sendall(b"QUIT\r\n")
    wait_until(lambda: not door._house.sessions, 10, "the sessions to end")


def test_L9_a_full_door_takes_the_place_of_the_host_that_holds_most(door):
    with contextlib.ExitStack() as stack:
        for host in range(2, 6):
            stack.enter_context(lines(door, smtp_session.MOST_OF_A_NETWORK, f"127.0.0.{host}"))
        assert code_of_one_more(door, "127.0.0.9") == b"220"
        say(door)
    wait_until(lambda: not door._house.sessions, 10, "the sessions to end")
    assert Inbound.objects.count() == 1


def test_L9_a_letter_that_comes_too_slowly_loses_the_place(door, smtp):
    """The deadline is of the letter: no piece of it gives its sender more time to be silent."""
    smtp.mail("dan@client.example")
    smtp.rcpt(US)
    assert smtp.docmd("DATA")[0] == 354
    # Its time is over from now on; the session's own, to be idle, was set before and is not.
    with instead(smtp_session, IDLE_SECONDS=0, BYTES_PER_SECOND=float("inf")):
        smtp.sock.sendall(letter(1, b"x" * 2 * Session.line_length_limit))
        wait_until(lambda: not door._house.sessions, 10, "the place to be free")
    smtp.close()
    assert door._house.in_flight == 0
    assert not Inbound.objects.exists()


ALARM = b"From: monitor@client.example\r\nSubject: Disk full\r\n\r\nsda1 95 %\r\n"


def say(door, letter: bytes = ALARM, times: int = 1) -> None:
    with smtplib.SMTP("127.0.0.1", door.port, timeout=20) as client:
        for _ in range(times):
            client.sendmail("monitor@client.example", [US], letter)


def test_L4_three_alarms_without_an_id_are_three(door):
    """Whoever goes on after our 250 has read it: the same bytes again are another letter."""
    say(door)
    say(door, times=2)
    assert Inbound.objects.count() == 3
    assert {bytes(row.body) for row in Inbound.objects.all()} == {ALARM}


def test_L4_who_did_not_hear_of_it_says_it_again_for_days_and_not_for_ever(door):
    with CutProxy(door.port) as proxy:
        for _ in range(3):
            proxy.cuts = [Cut(pattern=b"\r\n.\r\n", way="up", swallow=True)]
            with (
                pytest.raises((smtplib.SMTPServerDisconnected, OSError)),
                smtplib.SMTP("127.0.0.1", proxy.port, timeout=20) as client,
            ):
                client.sendmail("monitor@client.example", [US], ALARM)
            wait_until(lambda: Inbound.objects.exists(), 10, "the letter")
        assert Inbound.objects.count() == 1
        with clock.moved(timedelta(days=4)):
            say(door)
            assert Inbound.objects.count() == 1
            say(door)
            assert Inbound.objects.count() == 2
            proxy.cuts = [Cut(pattern=b"\r\n.\r\n", way="up", swallow=True)]
            with (
                pytest.raises((smtplib.SMTPServerDisconnected, OSError)),
                smtplib.SMTP("127.0.0.1", proxy.port, timeout=20) as client,
            ):
                client.sendmail("monitor@client.example", [US], ALARM)
            wait_until(lambda: Inbound.objects.count() == 3, 10, "the third")
        with clock.moved(timedelta(days=10)):
            say(door)
            assert Inbound.objects.count() == 4


def test_L4_what_is_written_blind_behind_a_letter_is_no_sign_of_having_heard(door):
    data = b"EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<%s>\r\nDATA\r\n" % US.encode()
    for _ in range(2):
        with socket.create_connection(("127.0.0.1", door.port), timeout=20) as raw:
            lines = raw.makefile("rb")
            raw.sendall(data)
            while not lines.readline().startswith(b"354"):
                pass
            raw.sendall(ALARM + b".\r\nQUIT\r\n")
            assert lines.readline().startswith(b"250")
    assert Inbound.objects.count() == 1


def test_L4_a_letter_with_an_id_is_one_however_often_it_comes(door):
    say(door, letter(1), times=2)
    say(door, letter(1))
    assert Inbound.objects.count() == 1
