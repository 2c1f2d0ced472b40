"""E06: mail servers that say back what they refuse, and plain words for a mailbox that is wrong."""

import base64
import io
import logging
import re
import socket
from argparse import Namespace
from contextlib import redirect_stdout

import pytest
from django.core.cache import cache

from okno.channels.email.hush import LEFT_OUT, hushed
from okno.config.commands.doctor import doctor
from okno.console.tests.conftest import browser_of
from okno.desk import actions
from okno.desk.models import Delivery
from okno.portal.tests.guests import work
from tests.attacks.leaks import leaks
from tests.rows import everything_stored
from tests.stands.dovecot import USERS, Dovecot
from tests.stands.echoes import decoded, imap_of, serving, smtp_of

pytestmark = pytest.mark.django_db
SECRET = "Echo-Geheimnis-4715"
WORDS = {"smtp_password": SECRET, "imap_password": SECRET}


HOW = {
    "as it came": lambda word: word,
    "decoded": lambda word: decoded(word) or word,
    "in capitals": lambda word: (decoded(word) or word).upper(),
    "as hex": lambda word: (decoded(word) or word).hex().encode(),
    "in a sentence": lambda word: b"user support pass <" + decoded(word) + b"> " + word,
    "a long one": lambda word: b"x" * 280 + (decoded(word) or word),
}


def seen_by_everyone(world, browser, caplog, *, ways):
    """All that pages, logs, tables and the doctor hold after the server was tried."""
    texts = []
    for way in ways:
        answer = browser.post(f"/settings/channels/{world.channel.pk}/{way}", follow=True)
        texts.append(answer.content.decode())
    cache.clear()
    talk = world.letter().conversation
    world.do(actions.reply, world.bob, talk, actions.Body("It is on its way"))
    work()
    for path in (f"/conversations/{talk.pk}/", "/stuck/", "/settings/audit/", "/settings/"):
        texts.append(browser.get(path).content.decode())
    out = io.StringIO()
    with redirect_stdout(out):
        doctor(Namespace())
    return [*texts, out.getvalue(), caplog.text, everything_stored()]


@pytest.mark.parametrize("mechanisms", [b"PLAIN", b"LOGIN", b"PLAIN LOGIN"])
@pytest.mark.parametrize("how", ["as it came", "decoded", "in a sentence"])
def test_E06_an_echo_of_the_way_out_is_not_repeated(world, caplog, mechanisms, how):
    with serving(smtp_of(mechanisms, HOW[how])) as port, caplog.at_level(logging.DEBUG):
        given = {"smtp_host": "127.0.0.1", "smtp_port": port, "smtp_security": "none",
                 "smtp_user": "support"}  # fmt: skip
        world.do(actions.change_channel, world.alice, world.channel, settings=given, secrets=WORDS)
        browser = browser_of(world.alice)
        texts = seen_by_everyone(world, browser, caplog, ways=["check", "send-letter"])
    assert [leaks(text, WORDS) for text in texts if leaks(text, WORDS)] == []
    # It has failed, and that is said.
    assert "535" in texts[0] and "535" in texts[1]
    assert Delivery.objects.get().error.startswith("535")


@pytest.mark.parametrize("how", HOW)
def test_E06_an_echo_of_the_way_in_is_not_repeated(world, caplog, how):
    with serving(imap_of(HOW[how])) as port, caplog.at_level(logging.DEBUG):
        given = {"imap_host": "127.0.0.1", "imap_port": port, "imap_security": "none",
                 "imap_user": "support"}  # fmt: skip
        world.do(actions.change_channel, world.alice, world.channel, settings=given, secrets=WORDS)
        browser = browser_of(world.alice)
        texts = seen_by_everyone(world, browser, caplog, ways=["check", "look-in"])
    assert [leaks(text, WORDS) for text in texts if leaks(text, WORDS)] == []
    assert "refuses the name or password" in texts[1]


@pytest.mark.parametrize(
    "secret", [SECRET, "пароль мой 4711", "a b+c/d=é", 'quo"te\\back', "short1", "%41%42%43%44"]
)
def test_words_with_a_secret_in_any_usual_coding_are_left_out(secret):
    raw = secret.encode()
    for name in ("", "a", "ab", "support"):
        plain = base64.b64encode(f"\0{name}\0".encode() + raw).decode()
        for way in (secret, plain, base64.b64encode(raw).decode(), raw.hex(), repr(raw)):
            assert hushed(f"535 no: {way} again", [secret]) == LEFT_OUT, way
    assert hushed("535 5.7.8 authentication failed", [secret, ""]).startswith("535")


SAYS = {
    "right": ({}, "signed in as"),
    "wrong password": ({"imap_password": "wrong"}, "refuses the name or password"),
    "wrong folder": ({"imap_folder": "INBOX, Nowhere"}, "there is no folder"),
    "wrong port": ({"imap_port": None}, "refuses connections"),
    "wrong host": ({"imap_host": "nowhere.invalid"}, "there is no host"),
    "TLS where there is none": ({"imap_security": "tls"}, "does not speak TLS"),
    "a certificate of nobody": ({"imap_security": "starttls"}, "is not trusted"),
}


def test_E06_check_this_mailbox_says_in_plain_words_what_is_wrong(world, caplog, capsys):
    """Against a real Dovecot; the button of the channel's page."""
    user, password = next(iter(USERS.items()))
    browser = browser_of(world.alice)
    closed = socket.create_server(("127.0.0.1", 0))
    nobody = closed.getsockname()[1]
    closed.close()
    with Dovecot() as server, caplog.at_level(logging.DEBUG):
        server.deliver(user, b"Subject: hello\r\n\r\nHello.\r\n")
        for name, (changes, words) in SAYS.items():
            given = {"imap_host": "127.0.0.1", "imap_port": server.port, "imap_user": user,
                     "imap_security": "none", "imap_folder": "INBOX"} | changes  # fmt: skip
            secret = given.pop("imap_password", password)
            given["imap_port"] = given["imap_port"] or nobody
            world.do(
                actions.change_channel, world.alice, world.channel,
                settings=given, secrets={"imap_password": secret},
            )  # fmt: skip
            cache.clear()  # tries are limited
            answer = browser.post(f"/settings/channels/{world.channel.pk}/look-in", follow=True)
            page = answer.content.decode()
            assert words in page, (name, re.findall(r"toast is-error.*?<span>(.*?)<", page))
            assert "Traceback" not in page and secret not in page.replace("wrong folder", "")
            if name == "right":
                assert "INBOX: 1 (1 unread)" in page
    assert leaks(caplog.text + everything_stored(), {"password": password}) == []
    with capsys.disabled():
        print(f"\nE06 n={len(SAYS)} ways to set a mailbox: each told in plain words")
