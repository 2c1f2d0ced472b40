"""H3: a chat and a form are read while hostile letters keep the parser busy."""

import sys
import time
from datetime import timedelta

import pytest

from okno.channels import patience
from okno.channels.contract import Raw
from okno.channels.email import adapter
from okno.channels.email.tests.letters import run_jobs, write
from okno.channels.intake import Arrival, accept, accept_all
from okno.channels.models import Inbound
from okno.desk.models import Message
from okno.kit import clock
from okno.kit.mail.child import Parser
from okno.portal.tests.guests import Visitor, make_channel
from okno.spine.models import Job
from okno.spine.worker import Worker

# The real loop around a parser that works on a letter until it is let go.
BUSY = """
import os, sys, time
from okno.kit.mail.child import confine, serve
from okno.kit.mail.parse import parse

def busy(raw, name):
    while b"Subject: hostile" in raw and not os.path.exists({path!r}):
        time.sleep(0.01)
    return parse(raw, authserv_id=name)

confine()
serve(busy, sys.stdin.buffer, sys.stdout.buffer)
"""
# One that a hostile letter ends at once, as its limit of processor time does.
ENDED = """
import os, signal, sys
from okno.kit.mail.child import confine, serve
from okno.kit.mail.parse import parse

def ended(raw, name):
    if b"Subject: hostile" in raw:
        os.kill(os.getpid(), signal.SIGPROF)
    return parse(raw, authserv_id=name)

confine()
serve(ended, sys.stdin.buffer, sys.stdout.buffer)
"""


@pytest.fixture(autouse=True)
def nobody_known():
    patience.forget()
    yield
    patience.forget()


@pytest.fixture
def parse_with():
    """Lets letters be read by another program than usual, in the same kind of child."""
    usual = adapter._parser

    def use(program: str) -> None:
        adapter._parser = Parser(seconds=300.0, command=[sys.executable, "-c", program])

    yield use
    if adapter._parser is not usual:
        adapter._parser.close()
    adapter._parser = usual


def until(is_so) -> None:
    end = time.monotonic() + 120
    while not is_so():
        assert time.monotonic() < end
        time.sleep(0.02)


def test_H3_a_chat_and_a_form_are_shown_while_letters_are_parsed(live_world, parse_with, tmp_path):
    world, go = live_world, tmp_path / "go"
    chat = make_channel("widget", "Velobaza", world.support)
    form = make_channel("form", "Velobaza", world.support)
    parse_with(BUSY.format(path=str(go)))
    hostile = [Raw(write({"Subject": "hostile"})) for _ in range(3)]
    accept_all([Arrival(world.channel.pk, raw) for raw in hostile])
    worker = Worker()
    worker.start()
    try:
        until(lambda: Job.objects.exclude(holder="").count() == 3)
        visitor = Visitor(chat).start()
        visitor.write("Is the blue bike there?")
        page = {"text": "And the red one?", "email": "dan@client.example", "name": "Dan"}
        visitor.client.post(f"/form/{form.public_key}/", page, REMOTE_ADDR="203.0.113.9")
        until(lambda: Message.objects.filter(text="Is the blue bike there?").exists())
        live = Inbound.objects.exclude(channel=world.channel)
        until(lambda: not live.filter(state="new").exists())
        assert Inbound.objects.filter(channel=world.channel, state="new").count() == 3
        go.touch()
        until(lambda: not Inbound.objects.filter(state="new").exists())
    finally:
        go.touch()
        worker.stop(30)


def letters(world, subject: str, count: int, peer: str) -> list[int]:
    """Accepted letters that `peer` gave, in one commit."""
    raws = [Raw(write({"Subject": subject}), {"peer": peer}) for _ in range(count)]
    return accept_all([Arrival(world.channel.pk, raw) for raw in raws])


def waiting(ids: list[int]) -> int:
    return Inbound.objects.filter(pk__in=ids, state="new").count()


def test_H3_after_two_timeouts_the_letters_of_a_peer_wait_for_others(world, parse_with):
    parse_with(ENDED)
    hostile = letters(world, "hostile", 2, "2001:db8::5") + letters(
        world, "hostile", 2, "2001:db8::6"
    )
    run_jobs()
    # Two were tried; the rest stand behind, one after the other.
    assert waiting(hostile) == 2
    others = letters(world, "honest", 2, "198.51.100.7")
    with clock.moved(timedelta(seconds=200)):
        run_jobs()
        assert waiting(others) == 0
        assert waiting(hostile) > 0
    # In the end each is tried, and shown as one that cannot be read.
    for minutes in (11, 12, 13):
        with clock.moved(timedelta(minutes=minutes)):
            run_jobs()
    assert waiting(hostile) == 0
    assert set(Inbound.objects.filter(pk__in=hostile).values_list("state", flat=True)) == {
        "unreadable"
    }


def test_H3_a_slow_peer_alone_is_read_at_once_and_others_never_wait(world, parse_with):
    parse_with(ENDED)
    letters(world, "hostile", 2, "203.0.113.5")
    run_jobs()
    alone = letters(world, "honest", 1, "203.0.113.5")
    run_jobs()
    assert waiting(alone) == 0
    # What a provider's mailbox or a pipe brings is nobody's in particular.
    for meta in ({}, {"peer": "pipe"}):
        for subject in ("hostile", "hostile", "honest", "honest"):
            accept(world.channel.pk, Raw(write({"Subject": subject}), meta))
    run_jobs()
    assert not Inbound.objects.filter(state="new").exists()
