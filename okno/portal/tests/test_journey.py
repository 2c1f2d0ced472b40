"""A visitor in a real browser, on a site of another origin with the strictest policy there is."""

import pytest

from okno.portal.tests.sites import Served, site
from tests.stands.browser import browser, in_browser, window
from tests.stands.processes import wait_until

PAGE = """<!DOCTYPE html><html lang="ru"><head><title>Магазин</title></head><body><h1>Магазин</h1>
<script async src="{url}/widget.js" data-key="{key}"></script></body></html>"""


FILLED = {
    "name": "Dan",
    "email": "dan@client.example",
    "subject": "No bill",
    "text": "Where is it?",
}


@pytest.fixture
def served(tmp_path):
    served = Served(tmp_path / "okno")
    with served.okno:
        served.start()
        yield served


class Shop:
    """A site with the strictest policy, open in a browser; notes what its pages do."""

    def __init__(self, served):
        self.served = served
        self.key = ""
        self.troubles, self.asked = [], set()

    def page(self, path):
        url = self.served.url
        policy = (
            f"default-src 'none'; script-src {url}; connect-src {url};"
            " require-trusted-types-for 'script'; base-uri 'none'; form-action 'none'"
        )
        html = PAGE.format(url=url, key=self.key)
        return {"Content-Security-Policy": policy}, "<h1>Plain</h1>" if path == "/plain" else html

    def enter(self, context, origin):
        tab = context.new_page()
        tab.on("console", lambda line: line.type == "error" and self.troubles.append(line.text))
        tab.on("pageerror", lambda error: self.troubles.append(str(error)))
        tab.on("request", lambda request: self.asked.add(request.url.split("/")[2]))
        tab.goto(origin)
        return tab


def write(tab, text):
    box = tab.get_by_role("textbox", name="Ваше сообщение")
    box.fill(text)
    box.press("Enter")


def names_of(tab):
    """Every global name of a page."""
    return set(tab.evaluate("Object.getOwnPropertyNames(window)"))


def open_chat(tab):
    tab.get_by_role("button", name="Открыть чат").click()


def break_the_line(served, tab):
    """Written while the server is away and the page is loaded anew: sent when it is back."""
    served.stop()
    write(tab, "Написано без связи")
    tab.get_by_text("Уйдёт, когда появится связь").wait_for(timeout=20_000)
    tab.reload()
    served.start()
    open_chat(tab)
    tab.get_by_text("Написано без связи").wait_for()
    tab.get_by_text("Отправлено").nth(1).wait_for(state="attached", timeout=30_000)


@in_browser
def test_a_visitor_and_an_agent_talk_through_a_broken_line(served):
    shop = Shop(served)
    with site(shop.page) as origin, browser() as chromium:
        shop.key = served.people("prepare", origin)["chat"]
        context = window(chromium, locale="ru-RU")
        tab = shop.enter(context, origin)
        open_chat(tab)
        write(tab, "Есть синий велосипед?")
        tab.get_by_text("Отправлено").wait_for(state="attached")
        served.people("answer", "Да, два. MARK <b>&")
        tab.get_by_text("Да, два. MARK <b>&").wait_for(timeout=10_000)
        served.people("note", "SECRETNOTE")
        break_the_line(served, tab)
        served.people("answer", "После перерыва")
        tab.get_by_text("После перерыва").wait_for(timeout=10_000)
        assert tab.get_by_text("Написано без связи").count() == 1
        assert "SECRETNOTE" not in tab.evaluate(
            "document.querySelector('okno-chat').shadowRoot.textContent"
        )
        # The last that the chat does by itself is to tell what was seen.
        is_read = lambda: served.people("look")["states"] == ["read", "read"]  # noqa: E731
        wait_until(is_read, 30, "the answers to be read")
        plain = shop.enter(context, f"{origin}/plain")
        assert names_of(tab) - names_of(plain) == {"Okno"}
        assert context.cookies() == []
        context.close()
    seen = served.people("look")
    assert seen["in"] == ["Есть синий велосипед?", "Написано без связи"]
    assert shop.asked == {served.url.split("/")[2], origin.split("/")[2]}
    # While the server is away the browser notes each failed question.
    assert [line for line in shop.troubles if "ERR_" not in line] == []


@in_browser
def test_a_form_in_a_frame_of_a_listed_site_and_of_no_other(served):
    """Also: the script's work is the work that the server asks for."""
    form = {}

    def page(path):
        return {}, f'<h1>Shop</h1><iframe src="{served.url}/form/{form["key"]}/"></iframe>'

    with site(page) as origin, site(page) as stranger, browser() as chromium:
        form["key"] = served.people("prepare", origin)["form"]
        tab = window(chromium).new_page()
        with tab.expect_console_message(lambda line: "frame-ancestors" in line.text):
            tab.goto(stranger)
        assert tab.frame_locator("iframe").get_by_role("button", name="Send").count() == 0
        tab.goto(origin)
        frame = tab.frame_locator("iframe")
        for name, value in FILLED.items():
            frame.locator(f"[name={name}]").fill(value)
        frame.get_by_role("button", name="Send").click()
        frame.get_by_text("Request 1").wait_for(timeout=20_000)
    assert served.people("look")["in"] == ["Where is it?"]
