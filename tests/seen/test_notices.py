"""A client's new word in a chat of mine: told outside the page when the page is not in front, and
sounded while the sound is on."""

import json
import uuid
from urllib.request import Request, urlopen

import pytest

from tests.seen.conftest import sign_in
from tests.stands.browser import browser, in_browser, until

pytestmark = in_browser
# Lets the real ones work and writes down each time they are used.
RECORDER = """
window.told = []; window.tones = 0;
window.Notification = new Proxy(Notification, {
    construct(real, given) { window.told.push(given); return Reflect.construct(real, given); },
});
const tone = AudioContext.prototype.createOscillator;
AudioContext.prototype.createOscillator = function () { window.tones++; return tone.call(this); };
"""


@pytest.fixture(scope="module")
def chromium():
    """With windows: a page behind another one has lost the focus."""
    with browser(has_windows=True) as running:
        yield running


class Guest:
    """Someone in the chat of the demo's shop."""

    def __init__(self, demo):
        door = next(path for path in demo.found["pages"] if path.startswith("/chat/"))
        self.base = demo.url + "/".join(door.split("/")[:3])
        self.token = self.ask("session", {})["token"]

    def ask(self, path, data):
        headers = {"Content-Type": "application/json"}
        if path != "session":
            headers["Authorization"] = f"Bearer {self.token}"
        asked = Request(f"{self.base}/{path}", json.dumps(data).encode(), headers)
        with urlopen(asked, timeout=15) as answer:
            return json.load(answer)

    def write(self, text):
        self.ask("messages", {"id": str(uuid.uuid4()), "text": text})


@pytest.fixture
def agent(demo, session):
    """The page of an agent who may be told of things outside of it."""
    context = session(width=1440, height=900)
    context.grant_permissions(["notifications"], origin=demo.url)
    context.add_init_script(RECORDER)
    page = context.new_page()
    sign_in(page, demo.url, "anna@velobaza.example")
    return page


def switch(page, notice):
    page.click(".shell-views-foot details.menu summary")
    page.click(f"[data-notice={notice}]")
    page.keyboard.press("Escape")


def told(page):
    return page.evaluate("window.told")


def tones(page):
    return page.evaluate("window.tones")


def heard(page, guest, text):
    """The guest writes, and the page has shown it; the sound is not held back as a repeated one."""
    page.evaluate("localStorage.removeItem('okno:rung'); window.tones = 0")
    guest.write(text)
    page.wait_for_selector(f".messages :text('{text}')")


def test_a_word_in_my_chat_is_told_and_sounded_only_when_it_should_be(demo, agent):
    page, guest = agent, Guest(demo)
    switch(page, "desktop")
    guest.write("Is anybody there?")
    page.click(".conversation-row:has-text('Is anybody there?')")
    page.click("button[data-command]")
    page.wait_for_selector(".event:has-text('Анна Реброва')")

    heard(page, guest, "First, while you look")
    until(page, "window.tones > 0")
    assert told(page) == []

    # Playwright tells every page that it has the focus, unless it is asked not to.
    page.context.new_cdp_session(page).send(
        "Emulation.setFocusEmulationEnabled", {"enabled": False}
    )
    other = page.context.new_page()
    other.bring_to_front()
    until(page, "!document.hasFocus()")
    heard(page, guest, "Second, while you look away")
    until(page, "window.told.length === 1")
    title, more = told(page)[0]
    assert title == "A client is waiting"
    assert "look away" not in json.dumps(more)
    other.close()

    page.bring_to_front()
    switch(page, "sound")
    heard(page, guest, "Third, in silence")
    heard(page, guest, "Fourth, in silence")
    assert tones(page) == 0
