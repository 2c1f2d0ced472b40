"""One walk in a real browser: with script nothing reloads and nothing typed is lost."""

import pytest

from okno.desk.models import Note
from tests.stands.browser import browser, in_browser, sign_in, until, window
from tests.world import PASSWORD


@in_browser
@pytest.mark.django_db(transaction=True)
def test_a_conversation_is_worked_on_without_leaving_the_page(live_world, live_server):
    live_world.letter("First", subject="First order")
    number = live_world.letter("Second", subject="Second order").conversation_id
    wrong = []
    with browser() as chromium:
        page = window(chromium, 1440, 900).new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        page.on("console", lambda said: _note(wrong, said))
        sign_in(page, live_server.url, "bob@okno.example", PASSWORD)
        page.evaluate("window.stays = true")
        page.click("text=Second order")
        page.wait_for_selector(".thread")
        assert page.url.endswith(f"/conversations/{number}/?view=waiting")
        assert page.locator(".conversation-row[aria-current]").count() == 1

        page.fill("#text.is-rich", "Ask the store")
        page.wait_for_selector("#draft-state:has-text('Draft saved')")
        page.select_option("#field-priority", "4")
        page.wait_for_selector(".conversation-row[aria-current] :text('urgent')")
        assert page.input_value("[name=text]") == "Ask the store"
        page.fill("#field-tag", "store")
        page.press("#field-tag", "Enter")
        page.wait_for_selector(".thread-aside .tag:has-text('store')")
        until(page, "document.querySelector('#field-tag').value === ''")

        page.click("label:has-text('Note')")
        page.press("#text.is-rich", "Control+Enter")
        page.wait_for_selector(".message.is-note:has-text('Ask the store')")
        assert page.input_value("[name=text]") == ""
        page.click("summary[aria-label='More']")
        page.click("text=To the bin")
        page.click(".toast button")
        page.wait_for_selector(".banner:has-text('in the bin')", state="detached")
        assert page.evaluate("window.stays") is True
    assert wrong == []
    assert Note.objects.count() == 1


def _note(wrong, said):
    # The stream of hints is served by the real server, not by the one of this test.
    if said.type == "error" and "/live" not in str(said.location):
        wrong.append(said.text)
