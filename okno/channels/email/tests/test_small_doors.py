"""The pipe, tokens, ids of raw letters, and what the administrator is told."""

import json
import os
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from okno.channels.contract import Account, adapters
from okno.channels.email import mailbox, pipe
from okno.channels.email.message_ids import message_id_of
from okno.channels.email.smtp_session import LARGEST
from okno.channels.email.tests.letters import write
from okno.channels.models import Inbound
from okno.kit import failpoint
from tests.stands.dovecot import USERS, Dovecot
from tests.stands.smtp_sink import SmtpSink


def test_the_pipe_answers_as_sysexits_says(world):
    raw = write({})
    assert pipe.deliver(raw, "Support+5@okno.example") == os.EX_OK
    assert pipe.deliver(raw, "support@okno.example") == os.EX_OK
    assert pipe.deliver(raw, "nobody@okno.example") == os.EX_NOUSER
    assert pipe.deliver(b"x" * (LARGEST + 1), "support@okno.example") == os.EX_DATAERR
    failpoint.arm("raw.before_commit=raise")
    assert pipe.deliver(write({}), "support@okno.example") == os.EX_TEMPFAIL
    failpoint.arm("")
    assert Inbound.objects.count() == 1


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (b"Message-ID: <a@b>\r\n\r\n", "<a@b>"),
        (b"X: y\nmessage-id:\n <a@b>\n\nMessage-ID: <c@d>", "<a@b>"),
        (b"X-Message-ID: <a@b>\r\n\r\nMessage-ID: <c@d>", ""),
        (b"Message-ID: a@b\r\n\r\n", "a@b"),
        (b"Message-ID: <a\0\xff b@c>\r\n\r\n", "<ab@c>"),
        (b"Message-ID: <" + b"x" * 400 + b">\r\n", "<" + "x" * 254),
        (b"X: " + b"y" * 300_000 + b"\r\nMessage-ID: <a@b>\r\n\r\n", ""),
        (b"", ""),
    ],
)
def test_the_message_id_of_raw_bytes(raw, expected):
    assert message_id_of(raw) == expected


@pytest.fixture(scope="module")
def server():
    with Dovecot() as server:
        yield server


def test_the_check_tries_both_servers_and_says_what_is_wrong(server):
    user, password = next(iter(USERS.items()))

    def words(secret: str = password, **settings) -> str:
        usual = {"imap_host": "127.0.0.1", "imap_port": server.port, "imap_security": "none"}
        usual |= {"smtp_host": "127.0.0.1", "smtp_port": sink.port, "smtp_security": "none"}
        usual |= {"imap_user": user}
        account = Account(
            1, "email", "Support", user, {**usual, **settings}, {"imap_password": secret}
        )
        health = adapters.get("email").check(account)
        assert health.is_well == (not health.text)
        return health.text

    with SmtpSink() as sink:
        assert words() == ""
        assert "refuses the name or password" in words("wrong")
        assert "folder 'Orders' cannot be opened" in words(imap_folder="INBOX, Orders")
        assert "there is no host nowhere.invalid" in words(imap_host="nowhere.invalid")
        assert "refuses connections" in words(imap_port=1)
        tls = {"imap_security": "tls", "imap_port": server.tls_port}
        assert "certificate of 127.0.0.1" in words(**tls)
        assert "does not speak TLS" in words(imap_security="tls")


class Tokens(BaseHTTPRequestHandler):
    """A token service: answers what is in `answers`, in turn."""

    answers: list[tuple[int, dict]] = []
    asked: list[str] = []

    def do_POST(self):
        self.asked.append(self.rfile.read(int(self.headers["Content-Length"])).decode())
        status, told = self.answers.pop(0)
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(told).encode())

    def log_message(self, *_):
        pass


def test_a_mailbox_that_wants_a_token(server, settings):
    user, password = next(iter(USERS.items()))
    service = HTTPServer(("127.0.0.1", 0), Tokens)
    threading.Thread(target=service.serve_forever, daemon=True).start()
    where = f"127.0.0.1:{service.server_port}"
    settings.ENV = {**settings.ENV, "OKNO_ALLOW_PRIVATE": (where,)}
    account = Account(
        1,
        "email",
        "Support",
        user,
        {
            "imap_host": "127.0.0.1",
            "imap_port": server.port,
            "imap_security": "none",
            "oauth_token_url": f"http://{where}/token",
            "oauth_client_id": "okno",
        },
        {"oauth_refresh_token": "lasting"},
    )
    Tokens.answers = [
        (400, {"error": "invalid_grant"}),
        (200, {"access_token": password, "expires_in": 3600}),
    ]
    assert "no access token" in mailbox.check(account).text
    assert [mailbox.check(account).text for _ in range(2)] == ["", ""]
    assert len(Tokens.asked) == 2 and "refresh_token=lasting" in Tokens.asked[0]
    service.shutdown()
    service.server_close()


def test_L4_a_letter_without_an_id_through_the_pipe_twice_is_two(live_world):
    alarm = b"From: monitor@client.example\r\nSubject: Disk full\r\n\r\nsda1 95 %\r\n"
    assert [pipe.deliver(alarm, "support@okno.example") for _ in range(2)] == [0, 0]
    assert Inbound.objects.count() == 2
    with_id = b"Message-ID: <1@c.example>\r\n" + alarm
    assert [pipe.deliver(with_id, "support@okno.example") for _ in range(2)] == [0, 0]
    assert Inbound.objects.count() == 3
