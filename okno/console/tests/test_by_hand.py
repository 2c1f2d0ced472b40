"""A working day by hand, without script: each step as a browser does it."""

import pytest
from django.test import Client

from okno.console.tests.conftest import browser_of, reply_from
from okno.desk.actions import mark_delivery
from okno.desk.contract import DeliveryState
from okno.desk.models import Conversation, Delivery, Draft, Message, Note
from okno.spine import SYSTEM, unit
from tests.world import PASSWORD

pytestmark = pytest.mark.django_db


def test_signing_in_shows_the_inbox(world):
    world.letter()
    browser = Client()
    assert browser.get("/").status_code == 302
    page = browser.post("/sign-in/", {"login": "bob@okno.example", "password": PASSWORD})
    assert (page.status_code, page["Location"]) == (302, "/")
    text = browser.get("/").content.decode()
    assert "My order" in text
    assert "Waiting for us" in text


def test_a_wrong_password_says_what_to_check(world):
    page = Client().post("/sign-in/", {"login": "bob@okno.example", "password": "wrong one"})
    assert "Caps Lock" in page.content.decode()


def test_a_reply_goes_out_and_the_conversation_waits_for_the_client(world):
    number = world.letter().conversation_id
    browser = browser_of(world.bob)
    page = browser.post(
        f"/conversations/{number}/write",
        {"text": "It is on its way.", "mode": "reply", "then": "pending", "key": "k1"},
        follow=True,
    )
    assert page.status_code == 200
    assert "It is on its way." in page.content.decode()
    assert Delivery.objects.get().address == "dan@client.example"
    assert Conversation.objects.get().status == "pending"


def test_a_note_is_kept_apart_from_messages(world):
    number = world.letter().conversation_id
    browser_of(world.bob).post(
        f"/conversations/{number}/write", {"text": "Ask Eve first", "mode": "note", "key": "n1"}
    )
    assert Note.objects.get().text == "Ask Eve first"
    assert Message.objects.count() == 1
    assert Delivery.objects.count() == 0


def press(browser, number, verb, **fields):
    page = browser.post(f"/conversations/{number}/{verb}", fields, follow=True)
    assert page.status_code == 200, verb
    return page.content.decode()


def test_every_verb_of_the_menus_works_by_a_plain_form(world):
    number = world.letter().conversation_id
    browser = browser_of(world.bob)
    row = Conversation.objects.filter(pk=number)

    press(browser, number, "assign", agent=world.bob.pk)
    assert row.get().assignee_id == world.bob.pk
    press(browser, number, "assign", agent="")
    assert row.get().assignee_id is None
    press(browser, number, "priority", priority=4)
    press(browser, number, "subject", subject="Order 7")
    press(browser, number, "tag", tag="delivery")
    found = row.get()
    assert (found.priority, found.subject) == (4, "Order 7")
    tag = found.tags.get()
    press(browser, number, "untag", tag=tag.pk)
    assert not found.tags.exists()
    press(browser, number, "snooze", until="tomorrow")
    assert row.get().snoozed_until
    press(browser, number, "wake")
    assert row.get().snoozed_until is None
    press(browser, number, "status", status="solved")
    assert row.get().status == "solved"
    press(browser, number, "bin")
    assert row.get().binned_at
    press(browser, number, "restore")
    press(browser, number, "spam", block="1")
    assert row.get().is_spam
    assert row.get().requester.is_blocked
    press(browser, number, "not-spam")
    assert not row.get().is_spam
    press(browser, number, "participants", address="Boss@Client.example")
    assert row.get().participants.get().identity.address == "boss@client.example"


def test_what_cannot_be_done_is_told_and_nothing_breaks(world):
    number = world.letter().conversation_id
    browser = browser_of(world.bob)
    told = press(browser, number, "assign", agent=world.carol.pk)
    assert "Carol is not in this conversation&#x27;s team" in told
    assert "Choose a date and time." in press(browser, number, "snooze", at="never")
    assert "not an address" in press(browser, number, "participants", address="nobody")
    assert "a tag needs a word" in press(browser, number, "tag", tag="  ")


def test_handing_to_a_team_one_does_not_see_ends_in_the_inbox(world):
    number = world.letter().conversation_id
    browser = browser_of(world.bob)
    page = browser.post(f"/conversations/{number}/team", {"team": world.sales.pk})
    assert page.status_code == 302
    assert browser.get(f"/conversations/{number}/").status_code == 404
    partial = {"HX-Request": "true", "HX-Request-Type": "partial"}
    other = world.letter().conversation_id
    page = browser.post(f"/conversations/{other}/team", {"team": world.sales.pk}, headers=partial)
    assert page["HX-Redirect"] == "/"


def test_merge_and_split_can_be_undone(world):
    one = world.letter("First").conversation
    two = world.letter("Second").conversation
    browser = browser_of(world.bob)
    page = press(browser, two.pk, "merge", into=one.pk)
    assert f"Merged into #{one.pk}" in page
    assert one.messages.count() == 2
    move = two.moves_out.get()
    browser.post(f"/moves/{move.pk}/undo")
    assert one.messages.count() == 1

    more = reply_from(world, one, "Another thing")
    press(browser, one.pk, "split", message=more.pk, subject="Another")
    move = one.moves_out.get()
    assert move.target.messages.count() == 1
    browser.post(f"/moves/{move.pk}/undo")
    assert one.messages.count() == 2


def test_a_failed_delivery_is_sent_again_from_the_thread(world, desk):
    mark(desk.delivery, DeliveryState.FAILED, "550 no such user")
    browser = browser_of(world.bob)
    page = browser.get(f"/conversations/{desk.conversation.pk}/").content.decode()
    assert "550 no such user" in page
    browser.post(f"/deliveries/{desk.delivery.pk}/again")
    desk.delivery.refresh_from_db()
    assert desk.delivery.state == DeliveryState.QUEUED


def mark(delivery, state, answer):
    with unit(SYSTEM, "test"):
        mark_delivery(delivery, state, answer)


def test_the_stuck_page_lists_an_uncertain_message_and_lets_it_be_marked(world, desk):
    mark(desk.delivery, DeliveryState.UNCERTAIN, "no answer")
    browser = browser_of(world.alice)
    page = browser.get("/stuck/").content.decode()
    assert "May not have arrived" in page
    assert "no answer" in page
    browser.post(f"/stuck/deliveries/{desk.delivery.pk}/sent")
    desk.delivery.refresh_from_db()
    assert desk.delivery.state == DeliveryState.SENT
    assert browser_of(world.bob).get("/stuck/").status_code == 403


def test_writing_first_opens_a_conversation_once(world):
    browser = browser_of(world.bob)
    form = {
        "channel": world.channel.pk,
        "to": "Nora@Client.example",
        "subject": "Your order",
        "text": "It has arrived.",
        "key": "first-1",
    }
    for _ in range(2):
        page = browser.post("/write/", form)
        assert page.status_code == 302
    assert Conversation.objects.count() == 1
    assert Delivery.objects.get().address == "nora@client.example"
    bad = browser.post("/write/", {**form, "to": "nobody", "key": "first-2"})
    assert bad.status_code == 422
    assert "It has arrived." in bad.content.decode()


def test_a_client_is_edited_merged_and_separated(world):
    world.letter()
    browser = browser_of(world.bob)
    card = {"name": "Dan Brook", "company": "Brook & Co", "language": "ru", "about": "Calls late"}
    browser.post(f"/contacts/{world.dan.pk}/edit", card)
    world.dan.refresh_from_db()
    assert (world.dan.name, world.dan.company.name) == ("Dan Brook", "Brook & Co")
    browser.post(f"/contacts/{world.eve.pk}/merge", {"into": str(world.dan.pk)})
    world.eve.refresh_from_db()
    assert world.eve.merged_into_id == world.dan.pk
    browser.post(f"/contacts/{world.eve.pk}/unmerge")
    world.eve.refresh_from_db()
    assert world.eve.merged_into_id is None


def test_a_draft_is_kept_while_typing_and_gone_after_sending(world):
    number = world.letter().conversation_id
    browser = browser_of(world.bob)
    said = browser.post(f"/conversations/{number}/draft", {"text": "Half a", "mode": "reply"})
    assert "Draft saved" in said.content.decode()
    assert "Half a" in browser.get(f"/conversations/{number}/").content.decode()
    assert "Draft:" in browser.get("/").content.decode()
    browser.post(f"/conversations/{number}/write", {"text": "Half a word", "key": "d1"})
    assert not Draft.objects.exists()
