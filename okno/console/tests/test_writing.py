"""Replies written late, twice or to the wrong people."""

import re

import pytest

from okno.console.tests.conftest import browser_of, reply_from
from okno.desk.models import Conversation, Delivery, Message, Note

pytestmark = pytest.mark.django_db
PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}


def fields_of(page):
    """The hidden fields a browser would send back."""
    text = page.content.decode()
    found = re.findall(r'<input type="hidden"[^>]* name="(key|seen)" value="([^"]*)"', text)
    return dict(found) | dict(re.findall(r'name="(key|seen)" value="([^"]*)"', text))


def test_a_reply_against_a_stale_thread_is_stopped_once_with_the_news(world):
    """R25."""
    conversation = world.letter().conversation
    browser = browser_of(world.bob)
    path = f"/conversations/{conversation.pk}/"
    hidden = fields_of(browser.get(path))
    assert hidden["seen"]
    reply_from(world, conversation, "Forget it, it has arrived!")

    form = {**hidden, "text": "It leaves tomorrow.", "mode": "reply", "then": "pending"}
    stopped = browser.post(path + "write", form)
    text = stopped.content.decode()
    assert stopped.status_code == 409
    assert "1 new message came" in text
    assert "Forget it, it has arrived!" in text
    assert "It leaves tomorrow." in text
    assert not Delivery.objects.exists()
    assert browser.post(path + "write", form, headers=PARTIAL).status_code == 422

    anyway = browser.post(path + "write", {**form, "anyway": "1"})
    assert anyway.status_code == 302
    assert Delivery.objects.count() == 1


def test_two_agents_at_once_lose_nothing_of_each_other(world):
    """R25: the second one sees the answer of the first before sending, and both are kept."""
    conversation = world.letter().conversation
    path = f"/conversations/{conversation.pk}/"
    bob, alice = browser_of(world.bob), browser_of(world.alice)
    first, second = (fields_of(b.get(path)) for b in (bob, alice))
    assert bob.post(path + "write", first | {"text": "From Bob"}).status_code == 302
    stopped = alice.post(path + "write", second | {"text": "From Alice"})
    assert stopped.status_code == 409
    assert "From Bob" in stopped.content.decode()
    again = fields_of(stopped) | {"text": "From Alice"}
    assert alice.post(path + "write", again).status_code == 302
    out = Message.objects.filter(direction="out").order_by("pk")
    assert [m.text for m in out] == ["From Bob", "From Alice"]


@pytest.mark.parametrize("mode", ["reply", "note"])
def test_the_same_key_twice_makes_one_entry(world, mode):
    """R26."""
    conversation = world.letter().conversation
    browser = browser_of(world.bob)
    path = f"/conversations/{conversation.pk}/"
    form = fields_of(browser.get(path)) | {"text": "Once", "mode": mode}
    for _ in range(3):
        assert browser.post(path + "write", form).status_code == 302
    made = Note.objects if mode == "note" else Message.objects.filter(direction="out")
    assert made.count() == 1


def test_an_empty_reply_keeps_the_page_and_says_why(world):
    conversation = world.letter().conversation
    page = browser_of(world.bob).post(f"/conversations/{conversation.pk}/write", {"text": " "})
    assert page.status_code == 422
    assert "write something first" in page.content.decode()


def test_files_and_copies_go_with_the_reply(world, tmp_path):
    conversation = world.letter().conversation
    plan = tmp_path / "plan.txt"
    plan.write_text("Monday: rest")
    with plan.open("rb") as file:
        form = {"text": "See the plan", "cc": "Boss <boss@client.example>", "files": file}
        page = browser_of(world.bob).post(f"/conversations/{conversation.pk}/write", form)
    assert page.status_code in (302, 422)
    with plan.open("rb") as file:
        form = {"text": "See the plan", "cc": "boss@client.example", "files": file}
        browser_of(world.bob).post(f"/conversations/{conversation.pk}/write", form)
    reply = Message.objects.filter(direction="out").last()
    assert {d.address for d in reply.deliveries.all()} == {
        "dan@client.example",
        "boss@client.example",
    }
    assert reply.attachments.get().name == "plan.txt"


def test_a_light_agent_may_note_but_not_reply(world):
    conversation = world.letter().conversation
    world.bob.role = "light"
    world.bob.save()
    browser = browser_of(world.bob)
    path = f"/conversations/{conversation.pk}/"
    assert 'value="reply"' not in browser.get(path).content.decode()
    assert browser.post(path + "write", {"text": "Hello"}).status_code == 403
    note = browser.post(path + "write", {"text": "Look at the log", "mode": "note"})
    assert note.status_code == 302
    assert browser.post(path + "status", {"status": "solved"}).status_code == 403


def test_a_note_never_reaches_a_message_or_its_recipients(world):
    """C03: what is sent is made of messages; the note's words are in none of them."""
    conversation = world.letter().conversation
    browser = browser_of(world.bob)
    path = f"/conversations/{conversation.pk}/write"
    browser.post(path, {"text": "zanzibar-secret", "mode": "note", "key": "a"})
    browser.post(path, {"text": "All is well", "mode": "reply", "key": "b"})
    browser.post(f"/conversations/{conversation.pk}/draft", {"text": "zanzibar", "mode": "note"})
    row = Conversation.objects.get()
    kept = [row.subject, row.preview, *Message.objects.values_list("text", "html").first()]
    kept += [text for pair in Message.objects.values_list("text", "html") for text in pair]
    assert not any("zanzibar" in text for text in kept)
