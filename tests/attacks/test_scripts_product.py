"""B01 through every door, on every page where the words come out, in a real browser."""

import json

import pytest
from django.core.cache import cache

from okno.console.tests.conftest import browser_of
from tests.attacks.alarm import SETTLED, STIR, watched
from tests.attacks.doors import pour
from tests.attacks.vectors import bundles, sample
from tests.stands.browser import browser

pytestmark = pytest.mark.django_db(transaction=True)
IN_ONE = 50
PAGES = ["/settings/audit/", "/settings/saved-replies/", "/stuck/", "/?q=kumquat", "/?q=alert"]


def seen_by_agent(tab, url, poured):
    """All that an agent can open: threads with their letters, what is found, the composer."""
    looked = 0
    for number in poured.conversations:
        tab.goto(f"{url}/conversations/{number}/")
        tab.wait_for_selector("article.message")
        tab.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        letters = tab.locator("iframe.letter")
        for place in range(letters.count()):
            letters.nth(place).scroll_into_view_if_needed()
        tab.evaluate(STIR)
        looked += 1
    for pk in poured.letters:
        tab.goto(f"{url}/messages/{pk}/html/")
        tab.evaluate(STIR)
        looked += 1
    for path in PAGES:
        tab.goto(url + path)
        tab.evaluate(STIR)
        looked += 1
    return looked


def written_by_agent(tab, url, poured):
    """The editor with a hostile draft in it, and ready texts that are picked and put in."""
    tab.goto(f"{url}/conversations/{poured.conversations[0]}/")
    # A draft with a form opens the editor by itself.
    tab.wait_for_selector("#text.is-rich", state="attached")
    assert tab.locator("#text").locator("script, [onerror], [onload], svg, iframe").count() == 0
    tab.click("#text.is-rich")
    tab.keyboard.press("Control+A")
    tab.keyboard.insert_text("/img")
    tab.wait_for_selector(".picker-side")
    tab.keyboard.press("Enter")
    tab.locator(".picker-side").wait_for(state="hidden")
    tab.evaluate(SETTLED)
    tab.keyboard.press("Control+k")
    tab.wait_for_selector("[role=dialog] input, dialog input")
    tab.keyboard.insert_text("kumquat")
    tab.get_by_role("option").filter(has_text="kumquat").first.wait_for()
    tab.evaluate(SETTLED)


def seen_by_client(context, url, poured):
    """The chat's own page as the visitor who wrote it sees it, and the page of the request."""
    key = poured.chat.public_key
    kept = json.dumps([f"okno:{key}:token", poured.visitor.token])
    tab = context.new_page()
    tab.goto(f"{url}/health/live")
    tab.evaluate("([name, value]) => localStorage.setItem(name, value)", json.loads(kept))
    tab.goto(f"{url}/chat/{key}/")
    tab.get_by_text("kumquat").first.wait_for()
    tab.evaluate(STIR)
    tab.goto(url + poured.request_url)
    tab.get_by_text("kumquat").first.wait_for()
    tab.evaluate(STIR)


def test_B01_nothing_runs_wherever_words_are_shown(live_world, live_server, capsys):
    """Once as it is, once with every policy of content off: then escaping alone must hold."""
    cache.clear()
    vectors = sample(75)
    poured = pour(live_world, bundles(vectors, IN_ONE))
    cookie = browser_of(live_world.alice).cookies["okno_console"].value
    looked = 0
    with browser() as chromium:
        for without_policy in (False, True):
            with watched(chromium, without_policy=without_policy) as (context, alarm):
                context.add_cookies(
                    [{"name": "okno_console", "value": cookie, "url": live_server.url}]
                )
                tab = context.new_page()
                looked += seen_by_agent(tab, live_server.url, poured)
                # Each letter came into its frame, and then alone.
                shown = [url for url in alarm.asked if url.endswith("/html/")]
                assert len(shown) >= 2 * len(poured.letters)
                written_by_agent(tab, live_server.url, poured)
                seen_by_client(context, live_server.url, poured)
                assert alarm.ran == []
                assert alarm.elsewhere(live_server.url) == []
    with capsys.disabled():
        print(
            f"\nB01 n={len(vectors)} vectors by mail, form, chat and API on {looked} pages,"
            " twice: 0 ran (policy on, policy off)"
        )
