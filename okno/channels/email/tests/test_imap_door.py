"""The IMAP door against a real Dovecot: R17 (cuts) and R18 (oddities) in short form."""

import itertools
import os
import re
import time
from collections.abc import Iterator

import pytest
from imapclient import IMAPClient

from okno.channels.email.mailbox import check
from okno.channels.email.mailin import MailIn
from okno.channels.intake import account_of, raw_body
from okno.channels.models import Inbound
from okno.desk.actions import change_channel
from okno.desk.models import Message
from okno.kit import failpoint
from okno.spine import unit
from okno.spine.worker import Worker
from tests.once import on_one_database
from tests.stands.dovecot import Dovecot
from tests.stands.imap_proxy import Cut, CutProxy
from tests.stands.processes import StandError, wait_until

pytestmark = on_one_database
numbers = itertools.count(1)


@pytest.fixture(scope="module")
def server() -> Iterator[Dovecot]:
    with Dovecot(users={"nobody@okno.example": "x"}) as server:
        yield server


@pytest.fixture
def user(server: Dovecot) -> str:
    name = f"box{next(numbers)}@okno.example"
    server.set_password(name, "secret")
    return name


@pytest.fixture
def world(live_world, settings):
    settings.ENV = {
        **settings.ENV,
        "OKNO_RETRY_SCALE": 0.01,
        "OKNO_SMTP_BIND": None,
        "OKNO_IMAP_POLL_SECONDS": 2,
    }
    return live_world


@pytest.fixture
def start(world, server: Dovecot, user: str):
    """Connect the channel to the user's mailbox and open the doors; returns MailIn."""
    running = []

    def begin(port: int = 0, password: str = "secret", **more) -> MailIn:
        given = {
            "imap_host": "127.0.0.1",
            "imap_port": port or server.port,
            "imap_security": "none",
            "imap_user": user,
            **more,
        }
        with unit(world.alice, "test"):
            change_channel(
                world.alice, world.channel, settings=given, secrets={"imap_password": password}
            )
        mailin = MailIn(look_seconds=0.1)
        running.append(mailin)
        mailin.start()
        return mailin

    worker = Worker()
    worker.start()
    yield begin
    for mailin in running:
        mailin.stop()
    worker.stop()


def letter(number: int | str, size: int = 0) -> bytes:
    head = f"From: Dan <dan@client.example>\r\nSubject: {number}\r\nMessage-ID: <{number}@c.test>"
    return head.encode() + b"\r\n\r\nHello.\r\n" + b"0123456789abcde\r\n" * (size // 17)


def subjects() -> list[str]:
    return sorted(Message.objects.values_list("subject", flat=True))


def until_subjects(*expected: str, seconds: float = 20) -> None:
    try:
        wait_until(lambda: subjects() == sorted(expected), seconds, "the messages")
    except StandError:
        assert subjects() == sorted(expected)


def connected(channel) -> None:
    wait_until(lambda: channel.positions.exists(), 5, "the first look")


def test_new_letters_come_in_and_are_marked_as_read_afterwards(start, server, user, world):
    server.deliver(user, letter("old"))
    start()
    connected(world.channel)
    server.deliver(user, letter("new"))
    server.deliver(user, letter("read by another client"), flags="S")
    until_subjects("new", "read by another client")
    wait_until(
        lambda: [m.flags for m in server.folder(user)] == [frozenset(), {"\\Seen"}, {"\\Seen"}],
        5,
        "the flags",
    )
    world.channel.refresh_from_db()
    assert world.channel.trouble == ""


def test_IDLE_tells_of_a_new_letter_at_once(start, server, user, world, settings):
    settings.ENV["OKNO_IMAP_POLL_SECONDS"] = 60
    asked = []
    with CutProxy(server.port) as proxy:
        proxy.rewrite = lambda line: asked.append(line) or line
        start(port=proxy.port)
        connected(world.channel)
        wait_until(lambda: any(b" IDLE" in line for line in asked), 20, "the client to idle")
        server.deliver(user, letter("new"))
        until_subjects("new", seconds=20)


def test_everything_is_taken_quietly_when_asked_for(start, server, user, world):
    for number in range(45):
        server.deliver(user, letter(f"old {number}", size=60_000 if number % 9 == 0 else 0))
    start(start="all", after="move:Okno/Done")
    wait_until(lambda: Message.objects.count() == 45, 30, "all old letters")
    server.deliver(user, letter("new"))
    wait_until(lambda: Message.objects.count() == 46, 30, "the new letter")
    quiet = dict(Inbound.objects.values_list("external_id", "is_quiet"))
    assert [name for name, is_quiet in quiet.items() if not is_quiet] == ["<new@c.test>"]
    wait_until(lambda: len(server.folder(user, "Okno/Done")) == 46, 20, "the move")
    assert server.folder(user) == []


def test_R17_cut_at_every_kilobyte_of_a_letter(start, server, user, world):
    """Each connection is cut 1 kB later than the one before: one message, whole."""
    places = range(0, 50_000, 1000)
    with CutProxy(server.port) as proxy:
        start(proxy.port)
        connected(world.channel)
        proxy.cuts = [Cut(after=place) for place in places]
        proxy.cut_now()
        big = letter("big", 40_000)
        server.deliver(user, big)
        server.deliver(user, letter("behind it"))
        until_subjects("big", "behind it", seconds=60)
        cuts = len(places) - len(proxy.cuts)
    assert raw_body(Inbound.objects.get(external_id="<big@c.test>")) == big
    assert subjects() == ["behind it", "big"]
    print(f"R17: {cuts} cuts, 0 lost, 0 twice")


@pytest.mark.parametrize("point", ["imap.after_fetch", "imap.after_commit_before_move"])
@pytest.mark.parametrize("after", ["flag", "move:Done"])
def test_R17_cut_between_commit_and_mark(start, server, user, world, point, after):
    start(after=after)
    connected(world.channel)
    failpoint.arm(f"{point}=cut")
    try:
        server.deliver(user, letter("one"))
        until_subjects("one")
        target = "Done" if after != "flag" else "INBOX"
        wait_until(lambda: len(settled(server, user, target)) == 1, 20, "the letter put away")
    finally:
        failpoint.arm("")
    assert Inbound.objects.count() == 1


def settled(server, user, folder):
    return [m for m in server.folder(user, folder) if folder != "INBOX" or "\\Seen" in m.flags]


def test_R17_the_move_is_cut_on_the_way(start, server, user, world):
    """The server has moved, and its answer is lost."""
    with CutProxy(server.port) as proxy:
        start(proxy.port, after="move:Done")
        connected(world.channel)
        for number in range(1, 4):
            proxy.cuts = [Cut(pattern=b'%d "Done"\r\n' % number, way="up", swallow=True)]
            proxy.cut_now()
            server.deliver(user, letter(number))
            wait_until(lambda n=number: len(server.folder(user, "Done")) == n, 20, "the move")
        until_subjects("1", "2", "3")
    # A move is a copy first: what is in the other folder may still be in this one.
    wait_until(lambda: server.folder(user) == [], 20, "the folder to be empty")


def test_R18_uidvalidity_changes(start, server, user, world):
    old = server.deliver(user, letter("long before we came"))
    os.utime(old, (time.time() - 90_000,) * 2)
    start()
    connected(world.channel)
    server.deliver(user, letter("one"))
    until_subjects("one")
    server.reset_uidvalidity(user)
    server.deliver(user, letter("two"))
    until_subjects("one", "two", seconds=20)
    validities = {i.meta["validity"] for i in Inbound.objects.all()}
    assert len(validities) == 2


def test_R18_the_same_letter_in_two_folders_and_moved_by_another_client(start, server, user, world):
    server.deliver(user, letter("old"), folder="Orders")
    start(imap_folder="INBOX, Orders")
    wait_until(lambda: world.channel.positions.count() == 2, 10, "the first look")
    server.deliver(user, letter("both"))
    server.deliver(user, letter("both"), folder="Orders")
    server.deliver(user, letter("moved"))
    until_subjects("both", "moved", seconds=20)
    other = IMAPClient("127.0.0.1", server.port, ssl=False)
    other.login(user, "secret")
    other.select_folder("INBOX")
    other.move(other.search(), "Orders")
    other.logout()
    server.deliver(user, letter("last"))
    until_subjects("both", "moved", "last", seconds=20)


def test_R18_letters_vanish_while_they_are_fetched(start, server, user, world):
    with CutProxy(server.port) as proxy:
        mailin = start(proxy.port)
        connected(world.channel)
        other = IMAPClient("127.0.0.1", server.port, ssl=False)
        other.login(user, "secret")
        other.select_folder("INBOX")
        failpoint.arm("imap.after_fetch=sleep:0.2@*")
        try:
            for number in range(12):
                server.deliver(user, letter(number, 200_000))
            wait_until(lambda: Inbound.objects.exists(), 20, "the first ones")
            doomed = other.search()[-5:]
            other.delete_messages(doomed)
            other.expunge()
            server.deliver(user, letter("last"))
            wait_until(lambda: "last" in subjects(), 40, "the rest")
        finally:
            failpoint.arm("")
            other.logout()
        assert mailin.is_alive()
    assert 8 <= Message.objects.count() <= 13


def test_R18_a_letter_too_large_is_set_aside_and_the_rest_flows(start, server, user, world):
    start()
    connected(world.channel)
    path = server.deliver(user, b"From: a@b.test\r\nMessage-ID: <huge@c.test>\r\n\r\n")
    with path.open("ab") as file:
        file.write(b"0123456789abcdef" * 1024 * 1700)
    server.deliver(user, letter("behind it"))
    wait_until(lambda: Message.objects.count() == 2, 20, "both")
    stub = Message.objects.get(subject="")
    assert stub.notices[0] == "unreadable" and "25 MB" in stub.notices[1]
    assert Inbound.objects.get(pk=stub.inbound_id).state == "unreadable"
    assert [m.flags for m in server.folder(user)] == [frozenset(), {"\\Seen"}]


def test_R18_a_letter_the_server_cannot_read(start, server, user, world):
    start()
    connected(world.channel)
    bad = letter("bad", 3000)
    path = server.deliver(user, bad)
    # Maildir's own note of the size, so that the server answers questions about it at all.
    spoiled = path.with_name(f"{path.name},S={len(bad)},W={len(bad)}")
    path.rename(spoiled)
    spoiled.chmod(0)
    server.deliver(user, letter("behind it"))
    wait_until(lambda: "behind it" in subjects(), 30, "the letter behind it")
    assert Message.objects.filter(subject="").count() == 1


def test_R18_the_password_changes(start, server, user, world):
    start()
    connected(world.channel)
    server.set_password(user, "другой")
    server.kick(user)
    wait_until(lambda: "refuses the name or password" in trouble(world), 20, "the trouble")
    server.deliver(user, letter("meanwhile"))
    with unit(world.alice, "test"):
        change_channel(world.alice, world.channel, secrets={"imap_password": "другой"})
    until_subjects("meanwhile", seconds=20)
    wait_until(lambda: trouble(world) == "", 10, "the end of the trouble")


def test_R18_the_server_goes_away_and_comes_back(start, server, user, world):
    with CutProxy(server.port) as proxy:
        start(proxy.port)
        connected(world.channel)
        proxy.close()
        proxy.cut_now()
        wait_until(lambda: "refuses connections" in trouble(world), 20, "the trouble")
        server.deliver(user, letter("meanwhile"))
        proxy.open()
        until_subjects("meanwhile", seconds=20)


def trouble(world) -> str:
    world.channel.refresh_from_db()
    return world.channel.trouble


def test_a_channel_switched_off_is_left_alone(start, server, user, world):
    mailin = start()
    connected(world.channel)
    with unit(world.alice, "test"):
        change_channel(world.alice, world.channel, is_active=False)
    wait_until(lambda: not mailin._doors, 10, "the door to close")
    server.deliver(user, letter("later"))
    with unit(world.alice, "test"):
        change_channel(world.alice, world.channel, is_active=True)
    until_subjects("later", seconds=20)


def test_one_process_at_a_time(start, server, user, world):
    """A second MailIn, as another process would start it, does not take letters twice."""
    start()
    start()
    connected(world.channel)
    for number in range(20):
        server.deliver(user, letter(number))
    wait_until(lambda: Message.objects.count() == 20, 20, "the letters")
    assert Inbound.objects.count() == 20


class LeavesOut:
    """Makes a server leave letters out of `times` answers to what is asked of them."""

    def __init__(self, what: bytes, *uids: bytes) -> None:
        self.what, self.uids = what, uids
        self.times = 0

    def __call__(self, asked: bytes) -> bytes:
        found = re.search(rb"UID FETCH ([\d,]+) ", asked)
        if not self.times or found is None or self.what not in asked:
            return asked
        named = found[1].split(b",")
        if not set(named) & set(self.uids):
            return asked
        self.times -= 1
        rest = b",".join(uid for uid in named if uid not in self.uids) or b"999999"
        return asked.replace(found[0], b"UID FETCH %s " % rest)


def stubs() -> int:
    return Message.objects.filter(subject="", notices__0="unreadable").count()


@pytest.mark.parametrize("what", [b"BODY.PEEK[]", b"RFC822.SIZE"])
@pytest.mark.parametrize("times", [1, 3])
def test_R18_a_server_leaves_a_letter_out_for_a_while(start, server, user, world, what, times):
    leaves_out = LeavesOut(what, b"2", b"3")
    with CutProxy(server.port) as proxy:
        proxy.rewrite = leaves_out
        start(proxy.port)
        connected(world.channel)
        leaves_out.times = times
        for number in range(1, 6):
            server.deliver(user, letter(number))
        until_subjects("1", "2", "3", "4", "5")
        wait_until(lambda: len(settled(server, user, "INBOX")) == 5, 20, "the flags")
        assert trouble(world) == ""
    assert (stubs(), Inbound.objects.count(), leaves_out.times) == (0, 5, 0)


@pytest.mark.parametrize("what", [b"BODY.PEEK[]", b"RFC822.SIZE"])
def test_R18_a_server_never_gives_a_letter(start, server, user, world, what):
    """The others flow, a stub says so, and when the server thinks better of it, it comes."""
    leaves_out = LeavesOut(what, b"1")
    with CutProxy(server.port) as proxy:
        proxy.rewrite = leaves_out
        start(proxy.port)
        connected(world.channel)
        leaves_out.times = 1_000_000
        server.deliver(user, letter("hard"))
        server.deliver(user, letter("behind it"))
        wait_until(lambda: subjects() == ["", "behind it"], 20, "the stub and the other letter")
        stub = Message.objects.get(subject="")
        assert "does not hand the letter over" in stub.notices[1]
        leaves_out.times = 0
        until_subjects("", "hard", "behind it", seconds=30)
    assert stubs() == 1


def test_R18_a_body_of_no_bytes_is_shown_as_a_stub(start, server, user, world):
    start()
    connected(world.channel)
    server.deliver(user, b"")
    server.deliver(user, letter("behind it"))
    wait_until(lambda: subjects() == ["", "behind it"], 20, "the stub and the other letter")
    assert stubs() == 1


def test_R18_a_folder_that_may_only_be_read(start, server, user, world):
    with CutProxy(server.port) as proxy:
        proxy.rewrite = lambda asked: asked.replace(b" SELECT ", b" EXAMINE ")
        start(proxy.port)
        connected(world.channel)
        server.deliver(user, letter(1))
        until_subjects("1")
        wait_until(lambda: "may only be read" in trouble(world), 10, "the words")
        server.deliver(user, letter(2))
        until_subjects("1", "2")
        assert [mail.flags for mail in server.folder(user)] == [frozenset(), frozenset()]
        health = check(account_of(world.channel))
        assert health.is_well and "may only be read" in health.text


def test_R18_letters_that_cannot_be_moved_are_taken_and_moved_later(start, server, user, world):
    with CutProxy(server.port) as proxy:
        start(proxy.port, after="move:Done")
        connected(world.channel)
        proxy.rewrite = lambda asked: asked.replace(b'"Done"', b'"None"')
        server.deliver(user, letter(1))
        until_subjects("1")
        wait_until(lambda: "cannot be marked or moved" in trouble(world), 10, "the words")
        proxy.rewrite = bytes
        wait_until(lambda: server.folder(user) == [], 10, "the move")
        wait_until(lambda: trouble(world) == "", 10, "the end of the trouble")


def test_L4_letters_without_an_id_are_one_for_each_place_and_met_again_are_known(
    start, server, user, world
):
    alarm = b"From: monitor@client.example\r\nSubject: full\r\n\r\nsda1 95 %\r\n"
    server.deliver(user, letter("old"), folder="Orders")
    start(imap_folder="INBOX, Orders")
    wait_until(lambda: world.channel.positions.count() == 2, 10, "the first look")
    for _ in range(3):
        server.deliver(user, alarm)
    until_subjects("full", "full", "full")
    other = IMAPClient("127.0.0.1", server.port, ssl=False)
    other.login(user, "secret")
    other.select_folder("INBOX")
    other.move(other.search()[:1], "Orders")
    other.logout()
    server.reset_uidvalidity(user)
    server.deliver(user, letter("last"))
    until_subjects("full", "full", "full", "last")
    server.deliver(user, letter("last"), folder="Orders")
    server.deliver(user, letter("the very last"), folder="Orders")
    until_subjects("full", "full", "full", "last", "the very last")


class WantsIdFirst:
    """NetEase: 163.com opens a folder only to a program that has said who it is (RFC 2971)."""

    def __init__(self, is_content: bool) -> None:
        self.is_content = is_content
        self.knows = False

    def __call__(self, asked: bytes) -> bytes:
        self.knows = self.knows or b" ID (" in asked
        if self.knows and self.is_content:
            return asked
        return re.sub(rb" SELECT \S+", b' SELECT "Unsafe Login"', asked)


def test_a_server_that_wants_ID_first(start, server, user, world):
    with CutProxy(server.port) as proxy:
        proxy.rewrite = WantsIdFirst(True)
        start(proxy.port)
        connected(world.channel)
        server.deliver(user, letter(1))
        until_subjects("1")


def test_a_server_that_lets_no_other_program_in_is_told_in_clear_words(start, server, user, world):
    with CutProxy(server.port) as proxy:
        proxy.rewrite = WantsIdFirst(False)
        start(proxy.port)
        wait_until(lambda: "Unsafe Login" in trouble(world), 10, "the words")
        assert "authorisation code" in trouble(world)
