"""Nobody who writes notices that the composer is being made: no letter, caret or offer is lost."""

from contextlib import contextmanager

import pytest
from playwright.sync_api import expect

from okno.desk import actions
from okno.desk.models import Draft
from tests.stands.browser import browser, in_browser, sign_in, until, window
from tests.stands.processes import wait_until
from tests.world import PASSWORD

pytestmark = [in_browser, pytest.mark.django_db(transaction=True)]
WRITTEN = "document.querySelector('[name=text]').value"


class Held:
    """Answers to addresses like `pattern` wait until they are let go."""

    def __init__(self, page, pattern):
        self.page, self.pattern, self.routes, self.is_open = page, pattern, [], False
        page.route(pattern, self.take)

    def take(self, route):
        if self.is_open:
            route.continue_()
        else:
            self.routes.append(route)

    def wait(self):
        # The browser's news come only while it is asked something.
        asked = lambda: self.page.wait_for_timeout(20) or self.routes  # noqa: E731
        wait_until(asked, 20, f"a request for {self.pattern}")

    def let_go(self):
        self.wait()
        self.is_open = True
        for route in self.routes:
            route.continue_()


@contextmanager
def opened(live_server, talk, *held):
    """A conversation whose page waits for the scripts named in `held`."""
    with browser() as chromium:
        page = window(chromium, 1280, 860).new_page()
        sign_in(page, live_server.url, "bob@okno.example", PASSWORD)
        page.wait_for_selector(".shell")
        scripts = [Held(page, f"**/{name}*.js") for name in held]
        page.goto(f"{live_server.url}/conversations/{talk.pk}/?view=open", wait_until="commit")
        yield page, *scripts


def kept(page, words):
    """Waits for the answer that a draft with these words is kept."""
    return page.expect_response(
        lambda answer: answer.url.endswith("/draft") and words in (answer.request.post_data or "")
    )


def saved_reply(world):
    html = "<p>Thank you, <b>{{client.name}}</b>!</p>"
    text = "Thank you, {{client.name}}!"
    world.do(actions.create_saved_reply, world.alice, "Thanks", text, html=html)


def test_what_is_typed_before_the_editor_comes_is_carried_over(live_world, live_server):
    talk = live_world.letter().conversation
    with opened(live_server, talk, "editor") as (page, editor):
        page.click("#text")
        page.keyboard.type("Hello , it  leaves \nat ten")
        page.keyboard.press("ArrowUp")
        page.keyboard.press("Home")
        for _ in "Hello ":
            page.keyboard.press("ArrowRight")
        page.keyboard.type("Da")
        editor.let_go()
        for letter in "niel and the others":
            page.keyboard.type(letter)
        expect(page.locator("#text.is-rich")).to_be_focused()
        page.keyboard.type("!")
        page.keyboard.press("End")
        with kept(page, "soon"):
            page.keyboard.type("soon")
        words = "Hello Daniel and the others!, it  leaves soon\nat ten"
        until(page, f"{WRITTEN}.replaceAll('\\u00a0', ' ') === {words!r}")
    assert Draft.objects.get().text == words


@pytest.mark.parametrize("late", ["console", "composing", "editor"])
def test_an_offer_asked_for_before_the_scripts_came_is_there(live_world, live_server, late):
    saved_reply(live_world)
    talk = live_world.letter().conversation
    with opened(live_server, talk, late) as (page, script):
        page.click("#text")
        page.keyboard.type("Dan, /tha")
        offer = page.locator(".picker-side", has_text="Thank you, Dan!")
        if late == "editor":
            offer.wait_for()
        script.let_go()
        page.wait_for_selector("#text.is-rich")
        offer.wait_for()
        expect(page.locator("#text.is-rich")).to_be_focused()
        page.keyboard.press("Enter")
        until(page, f"{WRITTEN}.includes('Thank you, Dan!') && !{WRITTEN}.includes('/tha')")
        expect(page.locator("#text b")).to_have_text("Dan")


def test_a_draft_with_formats_keeps_them_and_what_is_added_at_once(live_world, live_server):
    world = live_world
    talk = world.letter().conversation
    world.do(actions.save_draft, world.bob, talk, "It is here", html="<p>It is <b>here</b></p>")
    with opened(live_server, talk, "editor") as (page, editor):
        page.click("#text")
        page.keyboard.press("Control+End")
        page.keyboard.type(" again")
        editor.let_go()
        expect(page.locator("#text.is-rich")).to_be_focused()
        with kept(page, "today"):
            page.keyboard.type(" today")
        expect(page.locator("#text b").first).to_have_text("here")
    assert Draft.objects.get().text == "It is here again today"


def test_words_typed_before_any_script_are_a_draft(live_world, live_server):
    talk = live_world.letter().conversation
    with opened(live_server, talk, "console") as (page, script):
        page.click("#text")
        page.keyboard.type("Monday")
        script.let_go()
        expect(page.locator("#draft-state")).to_contain_text("Draft saved")
    assert Draft.objects.get().text == "Monday"


def test_an_editor_that_nobody_writes_in_saves_nothing(live_world, live_server):
    """Else its page, drawn anew, would ask for its own last words."""
    world = live_world
    talk = world.letter().conversation
    kept = world.do(actions.save_draft, world.bob, talk, "Here", html="<p>Here</p>")
    with opened(live_server, talk) as (page,):
        page.wait_for_selector("#text.is-rich")
        asked = []
        page.on("request", lambda request: asked.append((request.method, request.url)))
        page.reload()
        page.click("#text.is-rich")
        page.keyboard.type(" I am")
        expect(page.locator("#draft-state")).to_contain_text("Draft saved")
        assert [method for method, url in asked if url.endswith("/draft")] == ["POST"]
        assert page.evaluate("sessionStorage.length") == 0
    assert Draft.objects.get().version != kept.version


@pytest.mark.parametrize("is_written_in", [True, False])
def test_late_words_of_the_page_before_replace_no_composer_that_is_written_in(
    live_world, live_server, is_written_in
):
    talk = live_world.letter().conversation
    with opened(live_server, talk) as (page,):
        page.wait_for_selector("#text.is-rich")
        other = page.context.new_page()
        other.goto(page.url)
        # The page before has said on leaving whose words may still be on their way.
        left = other.input_value("[name=key]")
        page.evaluate(f"sessionStorage.setItem('okno:left:/conversations/{talk.pk}/', '{left}')")
        page.reload()
        again = Held(page, lambda url: f"/conversations/{talk.pk}/?view=open" in url)
        other.click("#text.is-rich")
        other.keyboard.type("The last words")
        expect(other.locator("#draft-state")).to_contain_text("Draft saved")
        page.bring_to_front()
        again.wait()
        if not is_written_in:
            again.let_go()
            expect(page.locator("#text.is-rich")).to_have_text("The last words")
            return
        page.click("#text.is-rich")
        page.keyboard.type("/tha")
        with page.expect_response(lambda answer: "?view=open" in answer.url):
            again.let_go()
        page.keyboard.type("t is new")
        expect(page.locator("#draft-bar")).to_contain_text("The last words")
        expect(page.locator("#text.is-rich")).to_be_focused()
        expect(page.locator("#text.is-rich")).to_have_text("/that is new")
