"""Search and commands in the console: what the pages show, and one walk by keyboard."""

import pytest
from django.utils.html import escape

from okno.console.tests.conftest import browser_of
from okno.desk.actions import add_tag
from okno.desk.models import Conversation
from okno.spine.reading import read_once
from tests.stands.browser import browser, in_browser, sign_in, window
from tests.world import PASSWORD

HOSTILE = ['"', "NEAR(", "a" * 10_000, "'; DROP TABLE desk_search; --", "status:x", "-"]


def caught_up():
    while read_once():
        pass


def text_of(client, address, **asked):
    page = client.get(address, asked)
    assert page.status_code == 200, (address, asked)
    return page.content.decode()


def test_results_have_an_address_of_their_own_and_stay_beside_what_is_opened(world):
    found = world.letter("Where is my lamp?", subject="Lost lamp").conversation
    world.letter("Nothing of the kind", who="eve", subject="Chairs")
    caught_up()
    bob = browser_of(world.bob)
    for address in ("/", "/inbox/list", "/search/typed", f"/conversations/{found.pk}/"):
        text = text_of(bob, address, q="lamp")
        assert "Lost <mark>lamp</mark>" in text and "Chairs" not in text, address
        assert f"/conversations/{found.pk}/?q=lamp" in text
    assert "Dan" in text_of(bob, "/", q="dan@client") and "/contacts/" in text_of(bob, "/", q="dan")
    moved = bob.post(f"/conversations/{found.pk}/priority?q=lamp", {"priority": 4})
    assert moved["Location"].endswith("?q=lamp")


def test_B02_what_is_found_is_escaped(world):
    evil = "<img src=x onerror=alert(1)> lamp <mark>"
    world.letter(evil, subject=evil)
    caught_up()
    world.do(add_tag, world.bob, Conversation.objects.get(), "<b>lamp</b>")
    caught_up()
    bob = browser_of(world.bob)
    for question in ("lamp", "img", evil, "<script>alert(1)</script>", 'tag:"<b>lamp"', "tag:<i>"):
        for address in ("/", "/search/typed"):
            text = text_of(bob, address, q=question)
            assert "<img src=x" not in text and "<script>alert" not in text, question
            assert "<b>lamp" not in text and "tag:<i>" not in text, question
    assert escape("<img src=x onerror=alert(1)> ") in text_of(bob, "/", q="lamp")


@pytest.mark.parametrize("question", HOSTILE, ids=lambda text: repr(text[:20]))
def test_C11_no_question_breaks_a_page(world, question):
    world.letter("Plain words", subject="")
    caught_up()
    bob = browser_of(world.bob)
    for address in ("/", "/inbox/list", "/search/typed"):
        for sort in ("newest", "best", "' OR 1=1"):
            assert "Plain words" not in text_of(bob, address, q=question, sort=sort) or not question
    assert bob.get("/", {"q": "plain", "after": "x"}).status_code == 404


def test_C11_a_question_that_holds_nul_is_refused(world):
    bob = browser_of(world.bob)
    for address in ("/", "/inbox/list", "/search/typed"):
        assert bob.get(address, {"q": "a\0b"}).status_code == 400


def test_C08_pages_of_a_search_hold_nothing_foreign(world):
    world.letter("The password is xyzzymarker", subject="Plughmarker")
    caught_up()
    carol = browser_of(world.carol)
    for address in ("/", "/inbox/list", "/search/typed"):
        for question in ("xyzzymarker", "xyzzy", "plughmarker", "#1", "nyzzymarker"):
            text = text_of(carol, address, q=question)
            assert "password" not in text and "Plughmarker" not in text
            assert "data-row" not in text and "Further" not in text


def test_wrong_operators_and_layouts_are_told_with_what_was_meant(world):
    world.letter("привет", subject="")
    caught_up()
    bob = browser_of(world.bob)
    assert "/?q=status%3Aopen" in text_of(bob, "/", q="stauts:open")
    assert escape("Search for “привет”") in text_of(bob, "/", q="ghbdtn")
    assert "Search for" not in text_of(browser_of(world.carol), "/", q="ghbdtn")


def test_commands_are_those_of_the_agent_and_a_theme_is_kept(world):
    bob = browser_of(world.bob)
    text = text_of(bob, "/commands/")
    assert ('href="/write/"' in text and "Написать" in text) or "Write first" in text
    assert 'href="/stuck/"' in text_of(browser_of(world.alice), "/commands/")
    assert bob.post("/commands/theme", {"theme": "dark"}).status_code == 204
    assert 'data-theme="dark"' in text_of(bob, "/")
    assert bob.post("/commands/theme", {"theme": "pink"}).status_code == 404


# The key of the place where a Latin keyboard has the letter, with the Russian letter it gives.
RUSSIAN = {"/": ("Slash", "."), "k": ("KeyK", "л"), "?": ("Slash", ","), "j": ("KeyJ", "о")}


def press(page, key, *, ctrl=False, shift=False):
    """A key of a keyboard whose layout is Russian."""
    code, letter = RUSSIAN[key]
    # Who listens to keys is there when the page has loaded.
    page.wait_for_load_state("load")
    page.evaluate(
        """([code, key, ctrlKey, shiftKey]) => document.activeElement.dispatchEvent(
            new KeyboardEvent("keydown",
                {code, key, ctrlKey, shiftKey, bubbles: true, cancelable: true}))""",
        [code, letter, ctrl, shift],
    )


@in_browser
@pytest.mark.django_db(transaction=True)
def test_search_palette_and_keys_by_a_russian_keyboard(live_world, live_server):
    live_world.letter("Ещё раз: привет!", subject="Первое")
    number = live_world.letter("Where is the lamp?", subject="Second").conversation_id
    caught_up()
    wrong = []
    with browser() as chromium:
        page = window(chromium, 1440, 900).new_page()
        page.on("pageerror", lambda error: wrong.append(str(error)))
        sign_in(page, live_server.url, "bob@okno.example", PASSWORD)
        page.wait_for_selector(".conversation-row")

        press(page, "/")
        assert page.evaluate("document.activeElement.id") == "search"
        page.wait_for_selector(".search-offer:has-text('status:')")
        page.keyboard.type("ещё пр")
        page.wait_for_selector(".row-last mark:has-text('привет')")
        assert page.locator(".conversation-row").count() == 1
        assert "q=" in page.url
        page.keyboard.press("ArrowDown")
        page.keyboard.press("Enter")
        page.wait_for_selector(".thread h1:has-text('Первое')")
        assert page.input_value("#search") == "ещё пр"

        press(page, "k", ctrl=True)
        page.wait_for_selector("#palette[open] [role=option]")
        offered = [words.split(" ")[0] for words in page.locator("#palette .cut").all_inner_texts()]
        assert offered[:5] == ["Reply", "Solve", "Take", "Note", "Snooze"]
        page.keyboard.type("ыщдму")
        page.wait_for_selector("#palette [role=option][aria-selected=true]:has-text('Solve')")
        page.keyboard.press("Enter")
        page.wait_for_selector(".thread .status.is-solved")
        assert page.locator("#palette[open]").count() == 0

        press(page, "?", shift=True)
        page.wait_for_selector("#keys[open] :text('Snooze')")
        page.keyboard.press("Escape")
        page.wait_for_selector("#keys[open]", state="detached")
        press(page, "k", ctrl=True)
        page.wait_for_selector("#palette[open]")
        page.keyboard.type(f"#{number}")
        page.keyboard.press("Enter")
        page.wait_for_url(f"**/conversations/{number}/")
        press(page, "/")
        page.wait_for_selector(".search-before:has-text('ещё пр')")
    assert wrong == []
