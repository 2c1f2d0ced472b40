"""The chat on pages as sites have them: what routers, old libraries and rules for everything do."""

import pytest

from okno.portal.tests.sites import Served, site
from tests.stands.browser import browser, in_browser, until, window

SCRIPT = '<script async src="URL/widget.js" data-key="KEY" data-lang="en"></script>'
# By the habit that each stands for.
PAGES = {
    "plain": SCRIPT,
    "a variable of that name": f"<script>var Okno = {{version: 1}}</script>{SCRIPT}",
    "an element of that name": f'<section id="Okno"><h1>PVC</h1></section>{SCRIPT}',
    "Prototype 1.x": "<script>for (const each of [Array, Object]) each.prototype.toJSON ="
    f' function () {{ return "[" + String(this) + "]"; }}</script>{SCRIPT}',
    "hidden until defined": f"<style>:not(:defined) {{ display: none }}</style>{SCRIPT}",
    "a transformed body": "<style>body { transform: translateZ(0); min-height: 4000px }</style>"
    + SCRIPT,
    "right to left": f'<script>document.documentElement.dir = "rtl"</script>{SCRIPT}',
    "attributes lost": '<script async src="URL/widget.js?key=KEY"></script>',
    "a module": '<script type="module" src="URL/widget.js" data-key="KEY" data-lang="en"></script>',
    "run twice": SCRIPT * 2,
}
MUTE = {
    "copied into the page": '<script>fetch("URL/widget.js").then(a => a.text()).then(text => {'
    ' const s = document.createElement("script"); s.dataset.key = "KEY"; s.text = text;'
    " document.head.append(s); })</script>",
    "no key": '<script async src="URL/widget.js"></script>',
}
REPLACED = """
document.body.innerHTML = "<h1>Page 2</h1>";
const body = document.createElement("body");
body.innerHTML = "<h1>Page 3</h1><okno-chat></okno-chat>";
document.documentElement.replaceChild(body, document.body);
"""
CALLS = "typeof document.querySelector('okno-chat').okno.open"
IS_SENT = (
    "document.querySelector('okno-chat').shadowRoot.textContent.match(/Sent|Отправлено/) !== null"
)
THROWN_OUT = "document.querySelector('okno-chat').remove()"


class Shop:
    """A site that is listed in the channel; its pages are the test's, by number."""

    def __init__(self, served):
        self.served, self.key, self.origin = served, "", ""
        self.pages = []

    def page(self, path):
        number = path.strip("/") or "0"
        html = self.pages[int(number)] if number.isdigit() else ""
        html = html.replace("URL", self.served.url).replace("KEY", self.key)
        return {}, f"<!DOCTYPE html><html lang='en'><body>{html}</body></html>"


@pytest.fixture(scope="module")
def shop(tmp_path_factory):
    served = Served(tmp_path_factory.mktemp("hosts") / "okno")
    shop = Shop(served)
    with served.okno, site(shop.page) as shop.origin:
        served.start()
        shop.key = served.people("prepare", shop.origin)["chat"]
        yield shop


def launcher(tab):
    return tab.get_by_role("button", name="Open the chat")


def box(tab):
    return tab.get_by_role("textbox", name="Your message")


def write(tab, text):
    box(tab).fill(text)
    box(tab).press("Enter")


def is_on_screen(tab):
    """Whether the launcher stands in the corner of what is seen."""
    place = launcher(tab).bounding_box()
    return place is not None and 0 < place["y"] < 800 and place["x"] > 1000


@in_browser
def test_the_chat_lives_on_pages_as_they_are(shop):
    shop.pages = [*PAGES.values(), *MUTE.values()]
    with browser() as chromium:
        for number, name in enumerate(PAGES):
            context = window(chromium)
            tab = context.new_page()
            tab.goto(f"{shop.origin}/{number}")
            launcher(tab).wait_for()
            assert launcher(tab).count() == 1 and is_on_screen(tab), name
            assert (
                tab.evaluate("typeof document.querySelector('okno-chat').okno.open") == "function"
            )
            launcher(tab).click()
            write(tab, f"From {name}")
            tab.get_by_text("Sent").first.wait_for(state="attached")
            context.close()
        for number, name in enumerate(MUTE, len(PAGES)):
            tab, said = window(chromium).new_page(), []
            tab.on("console", lambda line, said=said: said.append(line.text))
            with tab.expect_console_message(lambda line: "Okno:" in line.text):
                tab.goto(f"{shop.origin}/{number}")
            assert launcher(tab).count() == 0, name
    assert shop.served.people("look")["in"] == [f"From {name}" for name in PAGES]


@in_browser
def test_the_chat_outlives_a_router_and_what_is_thrown_out_comes_back(shop):
    shop.pages = [SCRIPT]
    with browser() as chromium:
        tab = window(chromium).new_page()
        tab.goto(shop.origin)
        launcher(tab).click()
        box(tab).fill("Half a word")
        tab.evaluate(REPLACED)
        assert tab.evaluate("document.querySelectorAll('okno-chat').length") == 1
        assert box(tab).input_value() == "Half a word"
        tab.evaluate(THROWN_OUT)
        until(tab, "document.querySelectorAll('okno-chat').length === 1")
        assert box(tab).input_value() == "Half a word"
        tab.emulate_media(media="print")
        assert not box(tab).is_visible()


@in_browser
def test_what_two_pages_write_offline_is_sent_after_both_have_closed(shop):
    shop.pages = [SCRIPT]
    with browser() as chromium:
        context = window(chromium)
        tabs = [context.new_page() for _ in range(2)]
        for tab in tabs:
            tab.goto(shop.origin)
            launcher(tab).click()
            box(tab).wait_for()
        write(tabs[0], "Hello")
        tabs[0].get_by_text("Sent").wait_for(state="attached")
        context.set_offline(True)
        for tab, text in zip(tabs, ("From the first", "From the second"), strict=True):
            write(tab, text)
            tab.get_by_text("Will go out").wait_for()
        for tab in tabs:
            tab.close()
        context.set_offline(False)
        last = context.new_page()
        last.goto(shop.origin)
        launcher(last).click()
        last.get_by_text("Sent").nth(2).wait_for(state="attached")
    found = shop.served.people("look")["in"]
    assert found[-3] == "Hello" and set(found[-2:]) == {"From the first", "From the second"}


@in_browser
def test_a_text_over_the_limit_and_a_shut_frame_are_told_in_words(shop):
    frame = '<iframe sandbox="allow-scripts" src="/0" width="900" height="700"></iframe>'
    shop.pages = [SCRIPT, frame]
    with browser() as chromium:
        tab = window(chromium).new_page()
        tab.goto(shop.origin)
        launcher(tab).click()
        long = "x" * 10_004
        box(tab).fill(long)
        tab.get_by_text("10004 of 10000 characters").wait_for()
        box(tab).press("Enter")
        assert box(tab).input_value() == long
        box(tab).fill("x" * 10_000)
        box(tab).press("Enter")
        tab.get_by_text("Sent").wait_for(state="attached")
        tab.goto(f"{shop.origin}/1")
        inside = tab.frame_locator("iframe")
        inside.get_by_role("button", name="Open the chat").click()
        inside.get_by_text("closed frame").wait_for()


@in_browser
def test_the_pages_of_practice_carry_the_chat(shop, shared_data):
    """Those of the sample data where the chat is to be seen at once."""
    names = ("plain", "body-transform", "global-name", "global-var", "module", "no-data-key",
             "not-defined", "not-defined2", "prototypejs", "proto-array-only", "rtl", "twice",
             "all-important", "inherit-mess", "dynamic-late", "quirks")  # fmt: skip
    folder = shared_data / "cases" / "widget"
    pages = [(folder / f"{name}.html").read_text() for name in names]
    pages = [page.replace("OKNO-ORIGIN", "URL").replace("PUBLIC-KEY", "KEY") for page in pages]
    shop.pages = pages
    with browser() as chromium:
        for number, name in enumerate(names):
            context = window(chromium)
            tab = context.new_page()
            tab.goto(f"{shop.origin}/{number}")
            button = tab.locator("okno-chat button.launcher")
            button.click()
            field = tab.locator("okno-chat textarea")
            field.fill(f"Practice {name}")
            field.press("Enter")
            until(tab, IS_SENT)
            context.close()
