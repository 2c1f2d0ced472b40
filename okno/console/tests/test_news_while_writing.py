"""What arrives after the first key of a draft stops the reply once (finding 5, R25)."""

import pytest
from playwright.sync_api import expect

from okno.console.tests.conftest import browser_of, reply_from
from okno.console.tests.tabs import Tab
from okno.desk import actions
from okno.desk.models import Message, Note
from tests.stands.browser import browser, in_browser, sign_in, window
from tests.world import PASSWORD


@pytest.mark.django_db
def test_the_bar_says_who_wrote_since_and_a_reload_does_not_forget_it(world):
    talk = world.letter().conversation
    bob = browser_of(world.bob)
    tab = Tab(bob, talk)
    tab.type("It leaves tomorrow")
    assert (
        'class="banner is-warn"'
        not in bob.get(f"{tab.path}part/news?seen={tab.seen}").content.decode()
    )
    world.do(actions.reply, world.alice, talk, actions.Body("It has left"))
    assert "Alice answered" in bob.get(f"{tab.path}part/news?seen={tab.seen}").content.decode()
    # The draft keeps what was known when it was begun.
    again = Tab(bob, talk)
    assert again.seen == tab.seen
    assert "Alice answered" in again.page and "s ago" in again.page
    stopped = again.post("write", "It leaves tomorrow")
    assert stopped.status_code == 409 and "Read it first" in stopped.content.decode()
    reply_from(world, talk, "And when?")
    assert "The client wrote" in bob.get(f"{tab.path}part/news?seen={tab.seen}").content.decode()
    assert Message.objects.filter(direction="out").count() == 1
    assert "answered" not in Tab(browser_of(world.alice), talk).page


@pytest.mark.django_db
def test_one_s_own_words_are_no_news(world):
    talk = world.letter().conversation
    bob = browser_of(world.bob)
    tab = Tab(bob, talk)
    tab.type("More")
    world.do(actions.reply, world.bob, talk, actions.Body("By telephone"))
    assert 'class="banner' not in bob.get(f"{tab.path}part/news?seen={tab.seen}").content.decode()
    assert tab.post("write", "More").status_code == 302


@in_browser
@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("is_typed_before", [True, False])
def test_an_answer_that_the_page_has_shown_stops_mine_once(
    live_world, live_server, is_typed_before
):
    world = live_world
    talk = world.letter("Where is my order?").conversation
    path = f"{live_server.url}/conversations/{talk.pk}/?view=open"
    with browser() as chromium:
        page, other = (window(chromium, 1500, 900).new_page() for _ in range(2))
        sign_in(other, live_server.url, "alice@okno.example", PASSWORD)
        other.goto(path)
        sign_in(page, live_server.url, "bob@okno.example", PASSWORD)
        page.goto(path)
        page.click("#text.is-rich")
        if is_typed_before:
            page.keyboard.type("It leaves tomorrow.")
        other.fill("#text.is-rich", "It has left.")
        other.click("[data-send]")
        expect(other.locator(".message.is-out")).to_have_count(1)
        # Streams are not served here: a change of one's own brings the messages anew.
        page.select_option("#field-priority", "4")
        expect(page.locator(".message.is-out")).to_contain_text("It has left.")
        page.click("#text.is-rich")
        if not is_typed_before:
            # So shortly before the first key it has hardly been read.
            page.keyboard.type("It leaves tomorrow.")
        expect(page.locator("#news .banner")).to_contain_text("Alice answered")
        page.keyboard.press("Control+Enter")
        expect(page.locator("#news")).to_contain_text("Read it first")
        expect(page.locator("#text.is-rich")).to_contain_text("It leaves tomorrow.")
        expect(page.locator(".message.is-out")).to_have_count(1)
        page.click("#news button[name=anyway]")
        expect(page.locator(".message.is-out")).to_have_count(2)
        expect(page.locator("#news .banner")).to_have_count(0)


@in_browser
@pytest.mark.django_db(transaction=True)
def test_two_tabs_choose_and_the_session_may_end_meanwhile(live_world, live_server):
    """Finding 6, and the session that ends while an agent writes."""
    talk = live_world.letter("Where is my order?").conversation
    path = f"{live_server.url}/conversations/{talk.pk}/?view=open"
    with browser() as chromium:
        context = window(chromium, 1280, 860)
        one = context.new_page()
        sign_in(one, live_server.url, "bob@okno.example", PASSWORD)
        one.goto(path)
        two = context.new_page()
        two.goto(path)
        one.fill("#text.is-rich", "The first words")
        expect(one.locator("#draft-state")).to_contain_text("Draft saved")
        two.fill("#text.is-rich", "The second words")
        expect(two.locator("#draft-bar")).to_contain_text("The first words")
        two.click("#draft-bar button[value=mine]")
        expect(two.locator("#draft-bar")).to_contain_text("Another version")
        expect(two.locator("#text.is-rich")).to_contain_text("The second words")
        two.click("#draft-bar button[value=kept]")
        expect(two.locator("#text.is-rich")).to_contain_text("The first words")
        expect(two.locator("#draft-bar")).to_contain_text("The second words")
        one.close()

        context.clear_cookies(name="okno_console")
        two.click("#text.is-rich")
        two.keyboard.type(" and more")
        expect(two.locator("[data-signed-out]")).to_be_visible()
        again = context.new_page()
        sign_in(again, live_server.url, "bob@okno.example", PASSWORD)
        again.wait_for_selector("#list")
        two.bring_to_front()
        expect(two.locator("[data-signed-out]")).to_be_hidden(timeout=15_000)
        expect(two.locator("#text.is-rich")).to_contain_text(" and more")
        two.keyboard.press("Control+Enter")
        expect(two.locator(".message.is-out")).to_contain_text("and more")


@in_browser
@pytest.mark.django_db(transaction=True)
def test_a_note_that_is_chosen_while_the_composer_grows_is_a_note(live_world, live_server):
    """At 360 px a press on "Note" could end beside it, as the editor of letters came meanwhile."""
    talk = live_world.letter("Where is my order?").conversation
    with browser() as chromium:
        page = window(chromium, 360, 740).new_page()
        sign_in(page, live_server.url, "bob@okno.example", PASSWORD)
        page.goto(f"{live_server.url}/conversations/{talk.pk}/?view=open")
        expect(page.locator("#composer[data-alive]")).to_be_visible()
        box = page.locator(".composer .segmented label", has_text="Note").bounding_box()
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
        page.mouse.down()
        page.evaluate("document.querySelector('#composer').style.marginBottom = '140px'")
        page.mouse.up()
        page.fill("#text.is-rich", "For colleagues only")
        page.click("[data-send]")
        expect(page.locator(".message.is-note")).to_contain_text("For colleagues only")
        expect(page.locator(".message.is-out")).to_have_count(0)
    assert Note.objects.get().text == "For colleagues only"
