"""Two agents and a visitor in real browsers, side by side on a running installation."""

import os
import threading
import time
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from okno.portal.tests.sites import Served, site
from tests.once import on_one_database
from tests.stands.browser import browser, window
from tests.stands.processes import wait_until
from tests.world import PASSWORD

pytestmark = on_one_database
PNG = bytes.fromhex(
    "89504e470d0a1a0a0000000d4948445200000001000000010802000000907753de000"
    "0000c49444154789c63382127070002b6010534a675aa0000000049454e44ae426082"
)
SHOP = """<!DOCTYPE html><html lang="en"><title>Shop</title><h1>Shop</h1>
<script async src="{url}/widget.js" data-key="{key}"></script></html>"""
PLACE = "document.querySelectorAll('.message')[1].getBoundingClientRect().top"
ASK = "url => fetch(url, {mode: 'no-cors'}).then(() => null)"
LOADED = "all => all.length === 2 && all.every(one => one.complete)"
# What each sees of the others' work must come within this, on a machine that has a core for each
# of the programs that run; on a busier one by so much later.


class Pixels:
    """A site of somebody else with pictures; `asked` holds what came to it."""

    def __init__(self):
        self.asked = []
        pixels = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self):
                pixels.asked.append((self.path, {k.lower(): v for k, v in self.headers.items()}))
                is_page = self.path.endswith(".html")
                self.send_response(200)
                self.send_header("Content-Type", "text/html" if is_page else "image/png")
                self.end_headers()
                self.wfile.write(b"<script>1</script>" if is_page else PNG)

            def log_message(self, *args):
                pass

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture(scope="module")
def pixels():
    made = Pixels()
    yield made
    made.server.shutdown()
    made.server.server_close()


@pytest.fixture(scope="module")
def served(tmp_path_factory, pixels):
    database = os.environ.get("OKNO_TEST_DATABASE", "sqlite")
    folder = tmp_path_factory.mktemp("okno")
    allowed = pixels.url.removeprefix("http://")
    served = Served(folder, database, OKNO_ALLOW_PRIVATE=allowed)
    with served.okno:
        served.start()
        yield served


@pytest.fixture(scope="module")
def shop(served):
    keys = {}
    page = lambda path: ({}, SHOP.format(url=served.url, key=keys["chat"]))  # noqa: E731
    with site(page) as origin:
        keys |= served.people("prepare", origin)
        yield origin


def sign_in(chromium, served, who, wrong):
    page = window(chromium, 1440, 900).new_page()
    page.set_default_timeout(15_000)
    page.on("pageerror", lambda error: wrong.append(str(error)))
    page.on("console", lambda said: said.type in ("error", "warning") and wrong.append(said.text))
    page.goto(f"{served.url}/sign-in/")
    page.fill("[name=login]", f"{who}@okno.example")
    page.fill("[name=password]", PASSWORD)
    page.click("button.is-primary")
    page.wait_for_selector(".shell")
    return page


def open_first(page, served):
    page.goto(f"{served.url}/?view=open")
    page.click(".conversation-row >> nth=0")
    page.wait_for_selector("#composer")


@contextmanager
def at_once(what):
    """Says how long it took until what is waited for here came."""
    begun = time.monotonic()
    yield
    print(f"{what}: {time.monotonic() - begun:.2f} s")


def test_two_agents_and_a_visitor_see_each_others_work_at_once(served, shop):
    wrong = []
    with browser() as chromium:
        tab = window(chromium).new_page()
        tab.on("console", lambda said: said.type == "error" and wrong.append(said.text))
        tab.goto(shop)
        tab.get_by_role("button", name="Open the chat").click()
        box = tab.get_by_role("textbox", name="Your message")
        for number in range(12):
            box.fill(f"Line {number} of a long question")
            box.press("Enter")
        tab.get_by_text("Sent").nth(11).wait_for(state="attached")
        alice = sign_in(chromium, served, "alice", wrong)
        bob = sign_in(chromium, served, "bob", wrong)
        for page in (alice, bob):
            open_first(page, served)
        alice.wait_for_selector("#here [title='Bob is looking at this']")
        bob.wait_for_selector("#here [title='Alice is looking at this']")

        # Bob reads history and has begun to write; nothing of what follows may take that away.
        bob.locator("#text").press_sequentially("Half a word")
        with at_once("who replies"):
            alice.get_by_text("Bob is replying").wait_for()
        with at_once("the visitor's view of typing"):
            tab.get_by_text("Bob is typing").wait_for()
        bob.evaluate("document.querySelector('[data-start-at-end]').scrollTop = 40")
        place = bob.evaluate(PLACE)

        box.press_sequentially("And blue")
        with at_once("the visitor's words"):
            alice.locator(".is-typing", has_text="And blue").wait_for()
        alice.select_option("#field-agent", label="Alice")
        with at_once("the assignment"):
            chosen = bob.locator("#field-agent option:checked", has_text="Alice")
            chosen.wait_for(state="attached")
        alice.fill("#text", "Yes, it is there")
        alice.press("#text", "Control+Enter")
        with at_once("the reply at a colleague"):
            bob.locator(".message.is-out", has_text="Yes, it is there").wait_for(state="attached")
        tab.get_by_text("Yes, it is there").wait_for()
        assert bob.evaluate("document.activeElement.id") == "text"
        assert bob.input_value("#text") == "Half a word"
        assert bob.evaluate(PLACE) == pytest.approx(place, abs=2)
        bob.goto(f"{served.url}/settings/")
        with at_once("leaving"):
            alice.wait_for_selector("#here:not(:has(.avatar))", state="attached")
    assert wrong == []


def test_B09_pictures_of_others_come_only_when_asked_and_by_our_server(served, shop, pixels):
    at = pixels.url
    html = (
        f'<p>Dear agent</p><img src="{at}/pixel.png?who=1" srcset="{at}/set.png 2x">'
        f'<div style="background: url({at}/style.png)" background="{at}/old.png">x</div>'
        f'<link rel="stylesheet" href="{at}/sheet.css"><style>@import "{at}/import.css";</style>'
        f'<video poster="{at}/poster.png" src="{at}/film.mp4"></video>'
        f'<iframe src="{at}/frame.html"></iframe><img src="{at}/page.html">'
    )
    served.people("letter", html)
    with browser() as chromium:
        page = sign_in(chromium, served, "bob", [])
        asked = []
        page.on("request", lambda request: asked.append(request.url))
        page.goto(f"{served.url}/?view=open")
        page.click("text=A designed letter")
        page.click("summary:has-text('As it was designed')")
        frame = page.frame_locator("iframe.letter")
        frame.get_by_text("Dear agent").wait_for()
        # What the letter names would have come before what is asked for after it.
        state = lambda: frame.locator("html").evaluate("() => document.readyState")  # noqa: E731
        wait_until(lambda: state() == "complete", 20, "the letter")
        page.context.new_page().evaluate(ASK, f"{at}/later")
        assert [path for path, _ in pixels.asked] == ["/later"]
        pixels.asked.clear()
        page.click("text=Show pictures")
        frame.locator("img[src*='remote-picture']").first.wait_for(state="attached")
        pictures = frame.locator("img[src*='remote-picture']")
        wait_until(lambda: pictures.evaluate_all(LOADED), 10, "the pictures")
        # The page that calls itself a picture is none.
        assert pictures.evaluate_all("all => all.map(one => one.naturalWidth)") == [1, 0]
        assert not [url for url in asked if url.startswith(at)]
    assert sorted(path for path, _ in pixels.asked) == ["/page.html", "/pixel.png?who=1"]
    for _, headers in pixels.asked:
        assert "cookie" not in headers and "referer" not in headers
        assert headers["user-agent"] == "Okno"
