"""Journeys of agents and clients through the demo, by browser alone: what is done in one, and
where the others are, docs/extend/tests.md tells."""

import pytest

from tests.seen.conftest import sign_in
from tests.seen.eyes import PHONE, Eyes
from tests.stands.browser import in_browser, until

pytestmark = in_browser
OLEG, KATE = "oleg@velobaza.example", "kate@velobaza.example"
ANNA = "anna@velobaza.example"
OPEN = "/?view=open"
PLACE = "document.querySelector('#text').getBoundingClientRect().toJSON()"


@pytest.fixture
def walk(demo, session):
    """Begins a walk as an agent; what went wrong on its pages is told at its end."""
    eyes = []

    def begin(email=KATE, **kind):
        context = session(**kind)
        page = context.new_page()
        eyes.append(Eyes(context))
        sign_in(page, demo.url, email)
        page.goto(demo.url + OPEN)
        page.evaluate("window.stays = true")
        return page

    yield begin
    wrong = [words for one in eyes for words in one.wrong]
    assert not wrong, "\n".join(wrong)


def test_a_letter_is_assigned_answered_solved_and_taken_back(walk):
    page = walk(width=1440)
    page.click("text=Is the winter tyre set back?")
    page.click("text=Take it")
    page.wait_for_selector("#field-agent option:checked:has-text('Kate')", state="attached")
    page.click("#text.is-rich")
    page.keyboard.insert_text("/tha")
    page.wait_for_selector(".picker-side:has-text('Thank you, Mia!')")
    page.keyboard.press("Enter")
    until(page, "document.querySelector('[name=text]').value.includes('Mia')")
    page.click("summary[aria-label='Send and…']")
    page.click(".composer .menu-item:has-text('Send and solve')")
    page.wait_for_selector(".thread .status.is-solved")
    page.click(".toast:has-text('Leaves in') button")
    page.wait_for_selector(".thread .status.is-open")
    page.wait_for_selector("#text:has-text('Mia')")
    assert page.locator(".message.is-out").count() == 0
    assert page.evaluate("window.stays") is True


def test_what_others_do_meanwhile_takes_nothing_from_who_writes(demo, walk):
    page, other = walk(width=1440), walk(ANNA, width=1440)
    address = f"{demo.url}/conversations/11/?view=open"
    other.goto(address)
    page.goto(address, wait_until="commit")
    # A press at a place, as a hand does: what lies there may be the field or its editor.
    page.wait_for_selector("#text", state="attached")
    place = page.evaluate(PLACE)
    page.mouse.click(place["x"] + 20, place["y"] + 10)
    page.keyboard.type("Look, /")
    page.wait_for_selector(".picker-side")
    for turn in range(3):
        other.click(".composer label:has-text('Note')")
        other.click("#text.is-rich")
        for letter in f"Note {turn} of Anna":
            other.keyboard.type(letter)
            page.keyboard.type("tha"[turn] if letter == "N" else "")
        other.keyboard.press("Control+Enter")
        other.select_option("#field-priority", str(turn + 2))
        page.wait_for_selector(f".message.is-note:has-text('Note {turn} of Anna')")
        page.wait_for_selector(
            f"#field-priority option[value='{turn + 2}']:checked", state="attached"
        )
        assert page.locator(".picker-side").is_visible()
    assert page.evaluate("document.activeElement.id") == "text"
    page.wait_for_selector(".picker-side:has-text('Thank you')")
    page.keyboard.press("Enter")
    # The editor writes hard spaces where soft ones would be lost.
    until(page, r"/^Look,\sThank you/.test(document.querySelector('[name=text]').value)")


def test_two_conversations_are_merged_and_parted_again(demo, walk):
    page = walk(width=1440)
    page.goto(f"{demo.url}/conversations/9/")
    page.click(".thread summary[aria-label='More']")
    page.click("text=Merge…")
    page.fill("#into", "11")
    page.get_by_role("button", name="Merge").last.click()
    page.wait_for_selector(".banner:has-text('merged into #11')")
    page.goto(f"{demo.url}/conversations/11/")
    page.wait_for_selector(".messages :text('26-inch')")
    page.goto(f"{demo.url}/conversations/9/")
    page.click("text=Undo the merge")
    page.wait_for_selector(".banner:has-text('merged into')", state="detached")
    page.wait_for_selector(".messages :text('26-inch')")

    page.goto(f"{demo.url}/conversations/11/splitting")
    page.check("[name=message] >> nth=1")
    page.fill("#subject", "Another matter")
    page.get_by_role("button", name="Split off").click()
    page.wait_for_selector(".toast:has-text('Split off as')")
    assert page.locator(".message.is-out").count() == 0
    page.click(".toast button:has-text('Undo')")
    page.wait_for_selector(".message.is-out:has-text('It is good.')")


def test_an_answer_by_touch_on_a_phone(demo, chromium):
    context = chromium.new_context(
        viewport=PHONE, has_touch=True, is_mobile=True, locale="en-US", reduced_motion="reduce"
    )
    page, eyes = context.new_page(), Eyes(context)
    sign_in(page, demo.url, KATE)
    page.goto(demo.url + OPEN)
    page.tap("text=Company order: 12 city bikes")
    page.wait_for_selector(".thread")
    page.tap(".aside-open")
    page.select_option("#field-priority", "4")
    page.wait_for_selector("#thread-head .time-left, .thread-aside", state="attached")
    page.keyboard.press("Escape")
    page.tap("#text.is-rich")
    page.locator("#text.is-rich").press_sequentially("Twelve are in the store.")
    page.tap("[data-send]")
    page.wait_for_selector(".message.is-out:has-text('Twelve are in the store.')")
    page.tap(".thread button[value=solved]")
    page.wait_for_selector(".thread .status.is-solved")
    page.tap(".pane-back")
    page.wait_for_selector(".conversation-row")
    eyes.look(page, "the list again")
    context.close()
    assert not eyes.wrong, "\n".join(eyes.wrong)


def test_the_whole_way_in_russian(walk):
    page = walk(OLEG, width=1440, locale="ru-RU")
    assert page.evaluate("document.documentElement.lang") == "ru"
    page.click("text=Детское кресло на багажник")
    page.wait_for_selector("#composer")
    page.click("text=Взять себе")
    page.click(".composer label:has-text('Заметка')")
    page.locator("#text.is-rich").press_sequentially("Спросить на складе")
    page.keyboard.press("Control+Enter")
    page.wait_for_selector(".message.is-note:has-text('Спросить на складе')")
    page.click(".composer label:has-text('Ответ')")
    page.locator("#text.is-rich").press_sequentially("Подойдёт.")
    page.click("[data-send]")
    page.wait_for_selector(".message.is-out:has-text('Подойдёт.')")
    page.keyboard.press("Escape")
    page.keyboard.press("KeyE")
    page.wait_for_selector(".thread .status.is-solved")
    page.click(".conversation-row >> nth=0")


def test_a_request_is_asked_answered_closed_and_opened_again(demo, walk, session):
    context = session()
    client, eyes = context.new_page(), Eyes(context)
    client.set_default_timeout(15_000)
    form = next(path for path in demo.found["pages"] if path.startswith("/form/"))
    client.goto(f"{demo.url}{form}?lang=en")
    for name, value in (("name", "Ida"), ("email", "ida@client.example"), ("text", "No bill")):
        client.fill(f"[name={name}]", value)
    client.fill("[name=subject]", "The bill of March")
    client.get_by_role("button", name="Send").click()
    client.wait_for_url("**/request/**")
    agent = walk("anna@velobaza.example", width=1440)
    agent.click("text=The bill of March")
    agent.locator("#text").press_sequentially("It is on its way.")
    agent.keyboard.press("Control+Enter")
    client.get_by_text("It is on its way.").wait_for(timeout=40_000)
    client.fill("[name=text]", "Thank you!")
    client.get_by_role("button", name="Send").click()
    agent.wait_for_selector(".message.is-in:has-text('Thank you!')")
    client.get_by_role("button", name="Close the request").click()
    agent.wait_for_selector(".thread .status.is-solved")
    client.get_by_role("button", name="Reopen").click()
    agent.wait_for_selector(".thread .status.is-open")
    assert not eyes.wrong, "\n".join(eyes.wrong)
