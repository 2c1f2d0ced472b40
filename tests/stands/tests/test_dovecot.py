import ssl
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from tests.stands.dovecot import Dovecot
from tests.stands.processes import wait_until

USER = "support@example.test"
CLIENTS = [f"user{number}@example.test" for number in range(6)]
unused = list(CLIENTS)
LETTER = "Subject: Заказ\r\n\r\nЗдравствуйте.\r\n".encode()


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dovecot]:
    users = {USER: "пароль: один"} | dict.fromkeys(CLIENTS, "secret")
    with Dovecot(tmp_path_factory.mktemp("dovecot"), users) as server:
        yield server


@pytest.fixture
def user() -> str:
    """A user that no other test has touched."""
    return unused.pop()


def client(server: Dovecot, user: str, password: str = "secret") -> IMAPClient:
    imap = IMAPClient("127.0.0.1", server.port, ssl=False, timeout=10)
    imap.login(user, password)
    return imap


def test_a_delivered_letter_is_fetched_moved_and_seen_on_disk(server: Dovecot, user: str) -> None:
    server.deliver(user, LETTER)
    server.deliver(user, b"Subject: old\r\n\r\n", flags="S")
    imap = client(server, user)
    imap.select_folder("INBOX")
    uids = imap.search()
    assert imap.fetch(uids[:1], ["BODY.PEEK[]"])[uids[0]][b"BODY[]"] == LETTER
    assert [letter.flags for letter in server.folder(user)] == [frozenset(), {"\\Seen"}]
    imap.add_flags(uids[:1], ["\\Flagged", "okno-done"])
    assert server.folder(user)[0].flags == {"\\Flagged", "okno-done"}
    imap.create_folder("Готово/Архив")
    imap.move(uids[:1], "Готово/Архив")
    imap.logout()
    assert [letter.raw for letter in server.folder(user, "Готово/Архив")] == [LETTER]
    assert len(server.folder(user)) == 1


def test_letters_in_other_folders_and_special_use(server: Dovecot, user: str) -> None:
    server.deliver(user, LETTER, folder="Черновики/Март")
    imap = client(server, user)
    folders = {name: flags for flags, _, name in imap.list_folders()}
    assert b"\\Sent" in folders["Sent"]
    assert imap.select_folder("Черновики/Март")[b"EXISTS"] == 1
    imap.append("Sent", LETTER, flags=["\\Seen"])
    imap.logout()
    assert server.folder(user, "Sent")[0].flags == {"\\Seen"}


def test_idle_notices_a_new_letter(server: Dovecot, user: str) -> None:
    imap = client(server, user)
    imap.select_folder("INBOX")
    imap.idle()
    threading.Timer(0.2, server.deliver, (user, LETTER)).start()
    seen: list[object] = []
    wait_until(lambda: bool(seen.extend(imap.idle_check(0.2)) or seen), 5, "IDLE")
    imap.idle_done()
    imap.logout()
    assert (1, b"EXISTS") in seen


def test_passwords_change_at_once_and_sessions_can_be_ended(server: Dovecot, user: str) -> None:
    imap = client(server, user)
    server.set_password(user, "sekret")
    server.set_password("new@example.test", "secret")
    client(server, "new@example.test").logout()
    imap.noop()
    with pytest.raises(LoginError):
        client(server, user)
    client(server, user, "sekret").logout()
    server.kick(user)
    with pytest.raises(IMAPClient.AbortError):
        imap.noop()
        imap.noop()


def test_a_russian_password_goes_by_authenticate_plain(server: Dovecot) -> None:
    with IMAPClient("127.0.0.1", server.port, ssl=False) as imap:  # LOGIN is ASCII in imaplib
        imap.plain_login(USER, "пароль: один")


def test_uidvalidity_changes_with_new_uids(server: Dovecot, user: str) -> None:
    for number in range(3):
        server.deliver(user, b"Subject: %d\r\n\r\n" % number)
    imap = client(server, user)
    before = imap.select_folder("INBOX")[b"UIDVALIDITY"]
    imap.delete_messages([1])
    imap.expunge()
    imap.logout()
    server.reset_uidvalidity(user)
    imap = client(server, user)
    assert imap.select_folder("INBOX")[b"UIDVALIDITY"] != before
    assert imap.search() == [1, 2]
    assert imap.fetch([1], ["BODY[]"])[1][b"BODY[]"].startswith(b"Subject: 1")
    imap.logout()


def test_tls_starttls_and_tokens(server: Dovecot, user: str) -> None:
    trust = ssl.create_default_context(cafile=str(server.certificate.authority))
    with IMAPClient("localhost", server.tls_port, ssl_context=trust) as imap:
        imap.oauth2_login(user, "secret")
    with IMAPClient("localhost", server.port, ssl=False) as imap:
        imap.starttls(trust)
        imap.oauthbearer_login(user, "secret")
    with IMAPClient("localhost", server.port, ssl=False) as imap, pytest.raises(LoginError):
        imap.oauth2_login(user, "expired")


def test_mail_outlives_a_stop(tmp_path: Path) -> None:
    with Dovecot(tmp_path) as server:
        server.deliver(USER, LETTER)
        server.stop()
        with pytest.raises(OSError):
            client(server, USER, "correct horse")
        server.start()
        imap = client(server, USER, "correct horse")
        assert imap.select_folder("INBOX")[b"EXISTS"] == 1
        imap.logout()
