"""Choosing rows in a real browser, beside a list that refreshes itself."""

import pytest

from okno.desk.models import Conversation
from okno.spine import reading
from tests.stands.browser import browser, in_browser, sign_in, window
from tests.world import PASSWORD


@in_browser
@pytest.mark.django_db(transaction=True)
def test_rows_are_chosen_changed_and_brought_back_without_leaving_the_page(live_world, live_server):
    numbers = [live_world.letter(f"L{n}", subject=f"Subject {n}").conversation_id for n in range(6)]
    while reading.read_once():
        pass
    wrong = []
    with browser() as chromium:
        page = window(chromium, 1440, 900).new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        sign_in(page, live_server.url, "bob@okno.example", PASSWORD)
        page.wait_for_selector("#filters .count")
        assert page.title().startswith("(6) ")
        assert page.locator(".conversation-row.is-unread").count() == 6

        page.evaluate("window.stays = true")
        _some_and_back(page)
        _all_and_back(page)

        page.click("text=Subject 0")
        page.wait_for_selector(".thread")
        page.wait_for_selector(".conversation-row[aria-current]:not(.is-unread)")
        assert page.locator(".conversation-row.is-unread").count() == 5
        _next_and_its_draft(page, numbers)
        assert page.evaluate("window.stays") is True
    assert wrong == []
    assert Conversation.objects.filter(binned_at=None, pk__in=numbers).count() == 6


def _next_and_its_draft(page, numbers):
    """The mark goes along in a list that stays; a draft that was left behind shows in it."""
    page.click("text=Subject 1")
    page.wait_for_selector(f"#row-{numbers[1]} [aria-current]:not(.is-unread)")
    assert page.locator(".conversation-row[aria-current]").count() == 1
    assert f"open={numbers[1]}" in page.get_attribute("#list", "data-live-url")
    assert f"open={numbers[1]}" in page.get_attribute("#many", "hx-post")
    page.fill("#text.is-rich", "Ask the store")
    page.wait_for_selector("#draft-state:has-text('Draft saved')")
    page.click("text=Subject 2")
    page.wait_for_selector(f"#row-{numbers[1]} :text('Ask the store')")
    assert page.locator(f"#row-{numbers[2]} [aria-current]").count() == 1


def _some_and_back(page):
    """A range to oneself, undone; a tag for one."""
    page.locator(".row-check").nth(1).click()
    page.locator(".row-check").nth(3).click(modifiers=["Shift"])
    page.wait_for_selector("#many [data-select-count]:has-text('3')")
    page.click("#many summary >> nth=0")
    page.click("#many-agents >> text=to me")
    page.wait_for_selector(".toast:has-text('3 conversations changed')")
    page.click(".toast button")
    page.wait_for_selector(".toast:has-text('Undone')")
    page.locator(".row-check").nth(2).click()
    page.click("#many summary[aria-label=Tag]")
    page.fill("#many-tag", "winter")
    page.press("#many-tag", "Enter")
    page.wait_for_selector("#list .tag:has-text('winter')")


def _all_and_back(page):
    """By keys, and all but one into the bin and out again."""
    page.locator(".row-check").nth(2).click()
    page.keyboard.press("Escape")
    assert page.locator("[data-select]:checked").count() == 0
    for key in ("KeyJ", "KeyX"):
        page.keyboard.press(key)
    page.click("[data-select-all]")
    page.wait_for_selector("#many [data-select-count]:has-text('6')")
    page.locator(".row-check").nth(0).click()
    page.click("#many button[value=bin]")
    page.wait_for_selector(".toast:has-text('5 conversations changed')")
    page.wait_for_selector("#list li:nth-child(2)", state="detached")
    assert page.locator("#many").is_hidden()
    page.click(".toast:has-text('5 conversations') button")
    page.wait_for_selector("#list li:nth-child(6)")
