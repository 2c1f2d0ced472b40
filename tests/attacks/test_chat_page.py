"""D03, D04 and D05: the chat between a site that attacks it and a site that it must not harm.

Proofs (D01, D02), transcripts (D06) and what leaks of agents (D07) are tested in okno/portal.
"""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from django.contrib.staticfiles.finders import find
from django.core.cache import cache
from django.db import connections
from django.test import Client

from okno.desk.models import Message
from okno.portal.tests.guests import Visitor, make_channel, work
from okno.portal.tests.sites import site
from tests.attacks.alarm import SETTLED, watched
from tests.attacks.vectors import IS_LONG
from tests.stands.browser import browser, until

VISITORS = 200 if IS_LONG else 40
BUNDLES = ("widget.js", "form.js")
FEARED = [
    r"\beval\(", r"new Function\b", r"document\.write", r"\.cookie\b", r"importScripts",
    r"setTimeout\(\s*['\"`]", r"insertAdjacentHTML", r"\.outerHTML\s*=", r"\.innerHTML\s*=(?!=)",
    r"document\.domain", r"window\.name\b",
]  # fmt: skip
HOSTILE_SITE = """<!DOCTYPE html><title>Shop</title>
<script>
Object.prototype.text = '<img src=x onerror=alert(1)>';
Object.prototype.innerHTML = '<img src=x onerror=alert(1)>';
Object.prototype.token = 'stolen'; Object.prototype.colour = 'url(javascript:alert(1))';
Array.prototype.evil = '<script>alert(1)<\\/script>';
localStorage.setItem('okno:KEY:outbox', '[{"__proto__":{"text":"<img src=x onerror=alert(1)>"}}]');
localStorage.setItem('okno:KEY:colour', 'red;background:url(javascript:alert(1))');
localStorage.setItem('okno:KEY:draft', '<img src=x onerror=alert(1)>');
</script>
<script async src="URL/widget.js" data-key="KEY" data-colour="url(javascript:alert(1))"
  data-lang="<img src=x onerror=alert(1)>"></script>"""
HAS_TOKEN = "Object.keys(localStorage).some(name => name.endsWith(':token'))"
TOKENS = (
    "Object.entries(localStorage).filter(([name]) => name.endsWith(':token')).map(([, is]) => is)"
)
SHOUT = """
() => {
  const messages = [
    {kind: 'open'}, {type: 'identify', proof: 'x'}, '<img src=x onerror=alert(1)>',
    JSON.stringify({method: 'setToken', token: 'stolen'}),
    JSON.parse('{"__proto__": {"html": "<img src=x onerror=alert(1)>"}}'),
  ];
  for (const message of messages)
    for (const target of [window, ...Array.from(frames)]) target.postMessage(message, '*');
}
"""


@pytest.fixture(autouse=True)
def fresh_limits():
    cache.clear()


def test_D03_many_visitors_of_one_network_with_one_cookie_jar(live_world, capsys):
    """Through one proxy, one cache and one browser's cookies: tokens alone tell them apart."""
    channel = make_channel("widget", "Velobaza", live_world.support)
    jar = Client()
    people = [Visitor(channel, client=jar).start() for _ in range(VISITORS)]

    def write(number):
        try:
            return people[number].write(f"secret-{number:03}")[0]
        finally:
            connections.close_all()

    with ThreadPoolExecutor(4) as pool:
        assert set(pool.map(write, range(VISITORS))) == {200}
    work()
    assert Message.objects.count() == VISITORS
    foreign = 0
    for number, visitor in enumerate(people):
        answer = visitor.raw("GET", "messages")
        assert answer["Cache-Control"] == "no-store"
        foreign += visitor.texts() != [f"secret-{number:03}"]
    assert foreign == 0
    assert not jar.cookies
    assert len({visitor.token for visitor in people}) == VISITORS
    with capsys.disabled():
        print(f"\nD03 n={VISITORS} visitors at once behind one address: {foreign} foreign messages")


@pytest.mark.django_db(transaction=True)
def test_D03_D04_a_hostile_site_gets_nothing_out_of_the_chat(live_world, live_server, capsys):
    """postMessage, polluted prototypes and storage, a frame; and the browser after a sign-out."""
    key = {}
    url = live_server.url

    def page(path):
        if path == "/frame":
            return {}, f'<iframe src="{url}/chat/{key["is"]}/"></iframe>'
        return {}, HOSTILE_SITE.replace("URL", url).replace("KEY", key["is"])

    with site(page) as listed, site(page) as stranger, browser() as chromium:
        with ThreadPoolExecutor(1) as pool:
            channel = pool.submit(_channel, live_world, listed).result()
        key["is"] = channel.public_key
        with watched(chromium) as (context, alarm):
            tab = context.new_page()
            tab.goto(stranger)
            tab.get_by_role("button").first.wait_for()
            # The stranger may ask, and is not told.
            with tab.expect_event("requestfailed", lambda asked: "/chat/" in asked.url):
                tab.get_by_role("button").first.click()
            tab.evaluate(SHOUT)
            tab.evaluate(SETTLED)
            assert not tab.evaluate(HAS_TOKEN)
            with tab.expect_console_message(lambda line: "frame-ancestors" in line.text):
                tab.goto(f"{stranger}/frame")
            assert tab.frame_locator("iframe").get_by_role("textbox").count() == 0
            assert alarm.ran == []
            assert alarm.elsewhere(url, stranger) == []
        with watched(chromium) as (context, alarm):
            tab = context.new_page()
            tab.goto(f"{url}/chat/{key['is']}/")
            box = tab.get_by_role("textbox").first
            box.fill("secret-words")
            box.press("Enter")
            tab.get_by_text("secret-words").first.wait_for()
            until(tab, HAS_TOKEN)
            before = set(tab.evaluate(TOKENS))
            tab.evaluate("Okno.logout()")
            kept = tab.evaluate("JSON.stringify({...localStorage, ...sessionStorage})")
            # The open chat has begun anew, perhaps with the token of a newcomer by now.
            assert "secret-words" not in kept
            assert before and not before & set(tab.evaluate(TOKENS))
            tab.reload()
            tab.get_by_role("textbox").first.wait_for()
            assert tab.get_by_text("secret-words").count() == 0
    with capsys.disabled():
        print("\nD04 n=2 foreign sites, 5 messages, 4 poisons: 0 ran, 0 tokens, 0 frames")


def _channel(world, origin):
    try:
        return make_channel("widget", "Velobaza", world.support, origins=[origin])
    finally:
        connections.close_all()


def test_D04_each_page_says_who_may_frame_it(db, world):
    chat = make_channel("widget", "V", world.support, origins=["https://shop.example"])
    form = make_channel("form", "V", world.support, origins=["https://shop.example"])
    own = Client().get(f"/chat/{chat.public_key}/")["Content-Security-Policy"]
    assert "frame-ancestors 'none'" in own
    framed = Client().get(f"/form/{form.public_key}/")["Content-Security-Policy"]
    assert framed.endswith("frame-ancestors 'self' https://shop.example")


@pytest.mark.parametrize("name", BUNDLES)
def test_D05_the_bundle_holds_nothing_that_a_site_must_fear(name):
    path = find(f"okno/{name}")
    assert path, "the front end is not built"
    text = Path(path).read_text()
    for word in FEARED:
        assert re.search(word, text) is None, word
    hosts = set(re.findall(r"https?://([\w.-]+)", text))
    # Names of formats (SVG, XLink), never asked.
    assert hosts <= {"www.w3.org"}, hosts
    assert len(text) < 200_000
