"""B11 and B14: what a letter may cost, told by work done; and that nothing is fetched for it."""

import re
import sys
from contextlib import contextmanager

import nh3
import pytest

from okno.channels.email.tests.letters import take
from okno.console.tests.conftest import browser_of
from okno.kit.tests.listeners import listening
from okno.portal.tests.guests import Visitor, make_channel, work
from tests.attacks.doors import designed

pytestmark = pytest.mark.django_db
HEAVY = {
    "nested": "<div>" * 50_000 + "buried",
    "nested tables": "<table><tr><td>" * 5_000 + "buried",
    "nested quotes": "<blockquote>" * 8_000 + "buried",
    "formatting": "<b><i><u><font color=red>" * 3_000 + "buried",
    "word": "<p class=MsoNormal><span style='mso-x:y'><o:p><font>" * 4_000 + "buried",
    "attributes": "<p " + " ".join(f"a{n}=b" for n in range(100_000)) + ">buried",
    "loose table": "<table>" + "<tr><p>x</p>" * 60_000 + "buried",
    "long": "<p>buried</p>" + "<p>x</p>" * 140_000,
}


@contextmanager
def counted():
    """How often the sanitiser is asked to parse, and how many calls of Python are made."""
    seen = {"parsed": 0, "calls": 0}

    def note(frame, event, argument):
        if event == "call":
            seen["calls"] += 1
        elif event == "c_call" and argument is nh3.clean:
            seen["parsed"] += 1

    before = sys.getprofile()
    sys.setprofile(note)
    try:
        yield seen
    finally:
        sys.setprofile(before)


@pytest.mark.parametrize("name", HEAVY)
def test_B11_a_heavy_letter_never_comes_to_the_parser(world, name):
    """The parser's time grows with the square; so what counts is that it is not asked at all."""
    message = take(world.channel, designed(HEAVY[name]))
    agent = browser_of(world.bob)
    if not message.html:
        # So large that its design was left out when it came; the letter itself is kept.
        page = agent.get(f"/conversations/{message.conversation_id}/").content.decode()
        assert "kumquat" in page and f"/messages/{message.pk}/html/" not in page
        return
    with counted() as seen:
        page = agent.get(f"/messages/{message.pk}/html/")
    shown = page.content.decode().partition("</style>")[2]
    assert page.status_code == 200
    assert set(re.findall(r"<(\w+)", shown)) <= {"p", "br"}
    assert seen["parsed"] == 0
    assert seen["calls"] < 100_000 + 15 * HEAVY[name].count("<"), seen
    assert agent.get(f"/conversations/{message.conversation_id}/").status_code == 200


def test_B11_an_ordinary_letter_is_parsed_once(world):
    message = take(world.channel, designed("<p>Good <b>day</b></p>"))
    agent = browser_of(world.bob)
    with counted() as seen:
        agent.get(f"/messages/{message.pk}/html/")
    assert seen["parsed"] == 1


LINKS = [
    "http://127.0.0.1:{port}/", "http://localhost:{port}/x.png", "http://[::ffff:127.0.0.1]:{port}/",
    "http://2130706433:{port}/", "http://a@127.0.0.1:{port}/", "//127.0.0.1:{port}/",
    "http://169.254.169.254/latest/meta-data/", "file:///etc/passwd",
]  # fmt: skip


def test_B14_nothing_is_fetched_for_a_link_or_for_a_face(world, capsys):
    """There are no previews of links and no avatars from elsewhere; letters, chat, reading."""
    with listening() as victim:
        text = " ".join(link.format(port=victim.port) for link in LINKS)
        message = take(world.channel, designed(f"<p>{text}</p><a href='{text}'>x</a>"))
        visitor = Visitor(make_channel("widget", "Velobaza", world.support)).start()
        visitor.write(text, page=text, avatar=text, url=text)
        work()
        agent = browser_of(world.bob)
        for path in ("/", f"/conversations/{message.conversation_id}/", f"/?q={victim.port}"):
            page = agent.get(path)
            assert f'src="http://127.0.0.1:{victim.port}' not in page.content.decode()
        assert "gravatar" not in page.content.decode()
        visitor.history()
        assert victim.connections == 0
    with capsys.disabled():
        print(f"\nB14 n={len(LINKS)} links by letter and chat: 0 connections")
