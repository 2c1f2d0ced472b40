import smtplib
import socket
from collections.abc import Iterator

import pytest
from imapclient import IMAPClient

from tests.stands.dovecot import USERS, Dovecot
from tests.stands.imap_proxy import Cut, CutProxy
from tests.stands.processes import wait_until
from tests.stands.smtp_sink import SmtpSink

USER, PASSWORD = next(iter(USERS.items()))
BROKEN = (OSError, IMAPClient.AbortError)


@pytest.fixture(scope="module")
def proxy() -> Iterator[CutProxy]:
    with Dovecot() as server, CutProxy(server.port) as proxy:
        server.deliver(USER, b"Subject: big\r\n\r\n" + b"0123456789abcdef\r\n" * 1000)
        yield proxy


def fetch(port: int) -> bytes:
    imap = IMAPClient("127.0.0.1", port, ssl=False, timeout=5)
    try:
        imap.login(USER, PASSWORD)
        imap.select_folder("INBOX")
        return imap.fetch([1], ["BODY.PEEK[]"])[1][b"BODY[]"]
    finally:
        imap.shutdown()


def test_a_fetch_is_cut_at_every_kilobyte(proxy: CutProxy) -> None:
    whole = fetch(proxy.port)
    total = proxy.passages[-1].passed["down"]
    assert total > len(whole) == 18_016
    places = range(0, 18_000, 1000)
    proxy.cuts = [Cut(after=place) for place in places]
    for place in places:
        with pytest.raises(BROKEN):
            fetch(proxy.port)
        assert proxy.passages[-1].passed["down"] == place
    assert fetch(proxy.port) == whole


@pytest.mark.parametrize("how", ["close", "reset"])
def test_a_cut_after_a_command(proxy: CutProxy, how: str) -> None:
    proxy.cuts = [Cut(pattern=b"SELECT", way="up", how=how)]
    with pytest.raises(BROKEN):
        fetch(proxy.port)


def test_silence(proxy: CutProxy) -> None:
    proxy.cuts = [Cut(after=10, how="silence")]
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=0.5) as client:
        got = b""
        with pytest.raises(TimeoutError):
            while True:
                got += client.recv(100)
        assert len(got) == 10


def test_open_sessions_are_cut_and_new_ones_refused(proxy: CutProxy) -> None:
    with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as client:
        assert client.recv(10)
        proxy.close()
        proxy.cut_now()
        with pytest.raises(ConnectionResetError):
            while client.recv(100):
                pass
    with pytest.raises(ConnectionRefusedError):
        fetch(proxy.port)
    proxy.open()
    fetch(proxy.port)


def test_the_reply_to_the_final_dot_is_lost() -> None:
    with SmtpSink() as sink, CutProxy(sink.port) as proxy:
        proxy.cuts = [Cut(pattern=b"\r\n.\r\n", way="up", swallow=True)]
        with (
            smtplib.SMTP("127.0.0.1", proxy.port, timeout=5) as smtp,
            pytest.raises(smtplib.SMTPServerDisconnected),
        ):
            smtp.sendmail("desk@okno.test", "anna@client.test", b"Subject: a\r\n\r\nb\r\n")
        # The client is cut off by the very reply that the sink then notes as sent.
        wait_until(lambda: [mail.replied for mail in sink.mails] == [True], 5, "the sink's note")


def test_a_pattern_is_found_across_pieces() -> None:
    with SmtpSink() as sink, CutProxy(sink.port) as proxy:
        proxy.cuts = [Cut(pattern=b"NOOP", way="up")]
        with socket.create_connection(("127.0.0.1", proxy.port), timeout=5) as client:
            client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            assert client.recv(100).startswith(b"220")
            client.send(b"NOOP\r\n"[:3])
            client.send(b"P\r\nQUIT\r\n")
            assert client.recv(100) == b""
        assert proxy.passages[0].passed["up"] == 4
