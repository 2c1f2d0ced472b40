"""Every page of the product, looked at by axe: WCAG 2.2 AA, wide and on a phone.

The list of pages is made from the resolver: a new page is looked at without being named here.
"""

import pytest

from tests.seen.conftest import sign_in
from tests.seen.eyes import FIRST_VISIT_BYTES, Eyes, weighed
from tests.stands.browser import in_browser

pytestmark = in_browser
# Routes under which the demo has nothing that would be a page: files, sources, parts, one's own
# second step, and the addresses of a request, which the walk of a client below comes to.
NOT_OPENED = {
    "form/<str:key>/sent/<str:mark>/",
    "request/<id:number>/<str:token>/",
    "request/<id:number>/<str:token>/files/<id:attachment_id>/",
    "request/<id:number>/<str:token>/files/<id:attachment_id>/preview",
    "widget-<slug:version>.js",
    "settings/me/factors/<id:factor_id>/remove",
    "conversations/<id:number>/part/<str:name>",
    "messages/<id:message_id>/source",
    "messages/<id:message_id>/headers",
    "inbound/<id:inbound_id>/source",
}
ANNA, OLEG = "anna@velobaza.example", "oleg@velobaza.example"


def test_no_page_is_forgotten(demo):
    assert set(demo.found["unreached"]) == NOT_OPENED
    assert len(demo.found["pages"]) > 30


def test_axe_finds_nothing_on_any_page(demo, session):
    context = session()
    page, eyes = context.new_page(), Eyes(context)
    sign_in(page, demo.url, ANNA)
    for path in [*demo.found["pages"], "/?view=open", "/?q=bike", "/?view=spam"]:
        page.goto(demo.url + path)
        eyes.look_twice(page, path)
    assert not eyes.wrong, "\n".join(eyes.wrong)
    assert eyes.hosts == {demo.url.removeprefix("http://")}


def test_axe_finds_nothing_in_russian_and_in_the_dark(demo, session):
    context = session(dark=True, locale="ru-RU")
    page, eyes = context.new_page(), Eyes(context)
    page.goto(f"{demo.url}/sign-in/")
    eyes.look_twice(page, "/sign-in/ dark")
    sign_in(page, demo.url, OLEG)
    for path in ("/?view=open", "/conversations/1/", "/settings/me/", "/contacts/1/", "/write/"):
        page.goto(demo.url + path)
        for scheme in ("dark", "light"):
            page.emulate_media(color_scheme=scheme)
            eyes.look_twice(page, f"{path} {scheme}")
    assert not eyes.wrong, "\n".join(eyes.wrong)


def test_axe_finds_nothing_in_what_opens_on_a_page(demo, session):
    context = session()
    page, eyes = context.new_page(), Eyes(context)
    sign_in(page, demo.url, ANNA)
    page.goto(f"{demo.url}/conversations/1/?view=open")
    page.click("#text.is-rich")
    page.click("[data-format-toggle]")
    eyes.look_twice(page, "the editor")
    page.keyboard.insert_text("/")
    page.wait_for_selector(".picker-side")
    eyes.look_twice(page, "saved replies")
    page.keyboard.press("Escape")
    page.click(".thread summary[aria-label='More']")
    eyes.look_twice(page, "the menu")
    page.keyboard.press("Escape")
    page.keyboard.press("Control+KeyK")
    page.wait_for_selector("#palette[open] [role=option]")
    eyes.look_twice(page, "commands")
    page.goto(f"{demo.url}/?view=open")
    page.keyboard.press("Shift+Slash")
    page.wait_for_selector("#keys[open]")
    eyes.look_twice(page, "keys")
    page.keyboard.press("Escape")
    page.locator(".row-check").nth(1).click()
    page.wait_for_selector("#many [data-select-count]:has-text('1')")
    eyes.look_twice(page, "many")
    page.keyboard.press("Slash")
    page.wait_for_selector(".search-offer")
    eyes.look_twice(page, "completions")
    assert not eyes.wrong, "\n".join(eyes.wrong)


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_axe_finds_nothing_at_a_client(demo, session, dark):
    context = session(dark=dark)
    page, eyes = context.new_page(), Eyes(context)
    page.set_default_timeout(15_000)
    page.goto(f"{demo.url}/demo/shop/?lang=en")
    page.locator("okno-chat").get_by_role("button").first.click()
    box = page.locator("okno-chat").get_by_role("textbox").first
    box.fill("Is it there?")
    box.press("Enter")
    page.locator("okno-chat").get_by_text("Is it there?").wait_for()
    eyes.look_twice(page, "the opened widget")
    form = next(path for path in demo.found["pages"] if path.startswith("/form/"))
    page.goto(f"{demo.url}{form}?lang=en")
    eyes.look_twice(page, "the form")
    for name in ("name", "subject", "text"):
        page.fill(f"[name={name}]", f"Ida's {name}")
    page.fill("[name=email]", "ida@client.example")
    page.get_by_role("button", name="Send").click()
    page.wait_for_url("**/request/**")
    page.wait_for_selector(".stages")
    eyes.look_twice(page, "the request")
    assert not eyes.wrong, "\n".join(eyes.wrong)
    assert eyes.hosts == {demo.url.removeprefix("http://")}


def test_a_first_visit_is_light(demo, session):
    weights = {}
    chat = next(path for path in demo.found["pages"] if path.startswith("/chat/"))
    form = next(path for path in demo.found["pages"] if path.startswith("/form/"))
    for path in ("/sign-in/", "/demo/shop/", chat, form):
        page = session().new_page()
        with weighed(page) as found:
            page.goto(demo.url + path, wait_until="load")
            page.wait_for_load_state("networkidle")
        weights[path] = sum(found.values())
    page = session().new_page()
    sign_in(page, demo.url, ANNA)
    cookies = page.context.cookies()
    fresh = session()
    fresh.add_cookies(cookies)
    page = fresh.new_page()
    with weighed(page) as found:
        page.goto(f"{demo.url}/conversations/1/", wait_until="load")
        page.wait_for_selector(".message")
    weights["conversation"] = sum(found.values())
    print(weights)
    assert max(weights.values()) < FIRST_VISIT_BYTES, weights
