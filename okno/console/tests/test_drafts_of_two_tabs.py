"""Two tabs, one draft: neither overwrites the other, and what is sent is sent once (finding 6)."""

import pytest

from okno.console.tests.conftest import browser_of
from okno.console.tests.tabs import Tab
from okno.desk import actions
from okno.desk.models import Conversation, Draft, Message, Note

pytestmark = pytest.mark.django_db


@pytest.fixture
def talk(world):
    return world.letter().conversation


@pytest.fixture
def tabs(world, talk):
    browser = browser_of(world.bob)
    return Tab(browser, talk), Tab(browser, talk)


def sent():
    return list(
        Message.objects.filter(direction="out").order_by("pk").values_list("text", flat=True)
    )


def test_a_second_tab_does_not_overwrite_what_the_first_has_typed(tabs):
    one, two = tabs
    assert one.type("Dear Dan, the first").status_code == 200
    assert one.type("Dear Dan, the first words").status_code == 200
    met = two.type("Hello, the second words")
    assert met.status_code == 409
    assert "changed in another tab" in met.content.decode()
    assert "the first words" in met.content.decode()
    draft = Draft.objects.get()
    assert draft.text == "Dear Dan, the first words"
    assert [kept["text"] for kept in draft.kept] == ["Hello, the second words"]
    # The same composer again keeps one version of its own, not one for each second.
    two.type("Hello, the second words, longer")
    kept = Draft.objects.get().kept
    assert [one["text"] for one in kept] == ["Hello, the second words, longer"]


def test_the_same_words_said_twice_are_one_version(tabs, talk):
    one, _ = tabs
    one.type("Dear Dan")
    version = Draft.objects.get().version
    again = Tab(one.browser, talk)
    # The page before, which saves once more as it goes away.
    one.type("Dear Dan")
    assert Draft.objects.get().version == version == again.version
    again.post("write", "Dear Dan")
    assert sent() == ["Dear Dan"] and not Draft.objects.exists()


def test_what_a_page_saves_as_it_goes_is_no_other_s(tabs, talk):
    """A reload: the next page is drawn while the words of the last second are on their way."""
    one, _ = tabs
    one.type("Dear D")
    again = Tab(one.browser, talk)
    one.type("Dear Dan")
    assert again.post("write", "Dear Dan,", before=one.key).status_code == 302
    assert sent() == ["Dear Dan,"] and not Draft.objects.exists()


@pytest.mark.parametrize("choice", ["mine", "theirs"])
def test_nothing_is_lost_whichever_is_chosen(tabs, talk, choice):
    one, two = tabs
    one.type("The first words")
    two.type("The second words")
    page = two.post("draft/choose", "The second words, to the end", choice=choice)
    shown = page.content.decode()
    assert "The first words" in shown and "The second words, to the end" in shown
    draft = Draft.objects.get()
    versions = {draft.text, *(kept["text"] for kept in draft.kept)}
    assert versions == {"The first words", "The second words, to the end"}
    assert draft.text == ("The first words" if choice == "theirs" else max(versions))
    # Chosen wrongly: the other comes back.
    again = Tab(two.browser, talk)
    again.post("draft/choose", draft.text, choice="kept")
    other = Draft.objects.get()
    assert {other.text, other.kept[0]["text"]} == versions and other.text != draft.text
    again.post("draft/choose", other.text, choice="forget")
    assert Draft.objects.get().kept == []


def test_what_is_sent_from_one_tab_leaves_the_draft_of_the_other(tabs):
    one, two = tabs
    one.type("The first words")
    two.type("The second words")
    assert two.post("write", "The second words").status_code == 302
    assert sent() == ["The second words"]
    draft = Draft.objects.get()
    assert (draft.text, draft.kept) == ("The first words", [])
    assert one.post("write", "The first words").status_code == 302
    assert sent() == ["The second words", "The first words"]
    assert not Draft.objects.exists()


def test_what_was_laid_aside_is_a_draft_again_after_the_other_is_sent(tabs, talk):
    one, two = tabs
    one.type("The first words", mode="note")
    two.type("The second words")
    two.post("draft/choose", "The second words", choice="mine")
    Tab(two.browser, talk).post("write", "The second words")
    draft = Draft.objects.get()
    # A note stays a note, whatever was sent meanwhile.
    assert (draft.text, draft.is_note, draft.kept) == ("The first words", True, [])
    assert not Note.objects.exists()


def test_one_draft_shown_in_two_tabs_is_not_sent_twice_unasked(world, talk):
    browser = browser_of(world.bob)
    Tab(browser, talk).type("It leaves tomorrow.")
    one, two = Tab(browser, talk), Tab(browser, talk)
    assert one.post("write", "It leaves tomorrow.").status_code == 302
    stopped = two.post("write", "It leaves tomorrow.")
    assert stopped.status_code == 422
    assert "sent or emptied in another tab" in stopped.content.decode()
    assert sent() == ["It leaves tomorrow."]
    assert two.post("write", "It leaves tomorrow.", afresh="1").status_code == 302
    assert len(sent()) == 2


def test_files_that_another_tab_has_laid_do_not_go_unseen(tabs, tmp_path):
    one, two = tabs
    plan = tmp_path / "plan.txt"
    plan.write_text("secret")
    with plan.open("rb") as file:
        one.browser.post(f"{one.path}draft/files", {"files": file, "key": one.key})
    one.type("See the plan")
    two.post("write", "No files here", laid_known="1")
    assert Message.objects.get(direction="out").attachments.count() == 0
    assert Draft.objects.get().attachments.get().name == "plan.txt"


def test_an_answer_by_the_api_leaves_what_its_agent_is_typing(world, tabs, talk):
    tabs[0].type("Half a sent")
    world.do(actions.reply, world.bob, talk, actions.Body("By a program"), key="api-1")
    assert Draft.objects.get().text == "Half a sent"


def test_solving_asks_while_something_is_not_sent(tabs, talk):
    one, _ = tabs
    solve = f"{one.path}status"
    # What the page knows counts, also before it is saved.
    asked = one.browser.post(solve, {"status": "solved", "text": "Dear D"})
    assert "has not been sent" in asked.content.decode()
    assert Conversation.objects.get().status == "open"
    one.type("Dear Dan")
    assert "has not been sent" in one.browser.post(solve, {"status": "solved"}).content.decode()
    assert Conversation.objects.get().status == "open"
    one.browser.post(solve, {"status": "solved", "sure": "1"})
    assert Conversation.objects.get().status == "solved"
    assert Draft.objects.get().text == "Dear Dan"
    one.browser.post(solve, {"status": "open"})
    one.type("")
    one.browser.post(solve, {"status": "solved", "text": ""})
    assert Conversation.objects.get().status == "solved"
