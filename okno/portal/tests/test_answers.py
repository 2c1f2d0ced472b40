"""Answers to a form request: on its page and by letter, each with its own honest state."""

import re

import pytest

from okno.channels.email.tests.letters import take, write
from okno.desk import actions
from okno.desk.models import Attempt, Conversation, Delivery, Draft, Message
from okno.kit import clock, failpoint
from okno.portal.tests.agents import api, bob_api, console_text, deliveries
from okno.portal.tests.forms import Person, answer
from okno.portal.tests.guests import make_channel, work
from okno.portal.tests.posting import letters, no_waiting, posting, sink, text_of
from okno.spine.models import Job

__all__ = ["bob_api", "no_waiting", "posting", "sink"]


def test_an_answer_is_on_the_page_and_goes_by_letter_once_each(posting, sink, form, bob_api):
    url = Person(form).request()
    message = answer(posting, "We look into it")
    there = "dan@client.example"
    assert deliveries(message) == [("form", there, "sent"), ("letter", there, "sent")]
    assert "We look into it" in Person(form).page(url).content.decode()
    confirmation, letter = letters(sink)
    assert there in letter["To"] and "We look into it" in text_of(letter)
    assert letter["In-Reply-To"] == letter["References"] == confirmation["Message-ID"]
    assert letter["Auto-Submitted"] is None and "No bill" in letter["Subject"]
    work()
    assert len(sink.mails) == 2 and Attempt.objects.filter(delivery__message=message).count() == 2
    shown = api(bob_api, f"/conversations/{message.conversation_id}/messages")["items"][-1]
    assert [(d["medium"], d["state"]) for d in shown["deliveries"]] == [
        ("form", "sent"),
        ("letter", "sent"),
    ]
    assert [d["channel"] for d in shown["deliveries"]] == [form.pk, posting.channel.pk]
    text = console_text(posting.bob, message.conversation_id)
    assert "Shown on the request's page" in text and re.search(r"Sent\s+dan@client.example", text)


@pytest.mark.parametrize("header", ["In-Reply-To", "Delivered-To"])
def test_the_reply_to_that_letter_joins_and_is_answered_both_ways(posting, sink, form, header):
    """By its Message-ID or by the address it asks to be answered at; each carries the token."""
    Person(form).request()
    message = answer(posting, "We look into it")
    letter = letters(sink)[-1]
    token = (
        letter["Message-ID" if header == "In-Reply-To" else "Reply-To"].addresses[0].addr_spec
        if header == "Delivered-To"
        else letter["Message-ID"]
    )
    back = take(posting.channel, write({header: token, "Subject": "Something else"}, "Thanks"))
    assert back.conversation_id == message.conversation_id and not back.is_new_sender
    assert back.aside_id is None
    again = answer(posting, "You are welcome")
    assert [medium for medium, _, _ in deliveries(again)] == ["form", "letter"]
    assert letters(sink)[-1]["In-Reply-To"] == back.external_id


def test_without_a_way_for_letters_it_is_the_page_alone_and_the_composer_says_so(
    world, form, bob_api
):
    url = Person(form).request()
    number = Conversation.objects.get().pk
    assert "On the request's page only: no mail channel" in console_text(world.bob, number)
    found = api(bob_api, f"/conversations/{number}/destinations")
    assert [(d["medium"], d["address"]) for d in found["items"]] == [("form", "dan@client.example")]
    assert found["address_is_confirmed"] is False
    message = answer(world, "We look into it")
    assert deliveries(message) == [("form", "dan@client.example", "sent")]
    assert "We look into it" in Person(form).page(url).content.decode()


def test_the_composer_says_both_ways_when_there_are_both(posting, sink, form, bob_api):
    Person(form).request()
    number = Conversation.objects.get().pk
    assert "On the request's page and by letter" in console_text(posting.bob, number)
    items = api(bob_api, f"/conversations/{number}/destinations")["items"]
    assert [item["medium"] for item in items] == ["form", "letter"]
    assert items[1]["channel"]["id"] == posting.channel.pk


def test_the_letter_leaves_by_the_channel_that_sent_the_confirmation(posting, sink, form):
    other = make_channel("email", "Other", posting.sales)
    posting.do(actions.change_channel, posting.alice, other, address="other@okno.example",
               settings=posting.channel.settings)  # fmt: skip
    Person(form).request()
    # A form of another team would choose the other one now; the talk began by the first.
    posting.do(actions.change_channel, posting.alice, form, team=posting.sales)
    answer(posting, "We look into it")
    first, second = letters(sink)
    assert first["From"].addresses[0].addr_spec == second["From"].addresses[0].addr_spec
    assert second["From"].addresses[0].addr_spec == "support@okno.example"


def test_taking_back_takes_both_back(posting, sink, form):
    url = Person(form).request()
    message = answer(posting, "Wrong words", undo_seconds=60)
    assert [state for _, _, state in deliveries(message)] == ["queued", "queued"]
    assert "Wrong words" not in Person(form).page(url).content.decode()
    posting.do(actions.unsend, posting.bob, message)
    work()
    assert not Message.objects.filter(text="Wrong words").exists()
    assert Draft.objects.get().text == "Wrong words" and len(sink.mails) == 1
    assert "Wrong words" not in Person(form).page(url).content.decode()


def test_a_refused_letter_leaves_the_page_as_it_is(posting, sink, form):
    url = Person(form).request()
    sink.rules = [{"at": "rcpt", "do": "reply", "reply": "550 5.1.1 no such user"}]
    message = answer(posting, "We look into it")
    assert [state for _, _, state in deliveries(message)] == ["sent", "failed"]
    assert "We look into it" in Person(form).page(url).content.decode()
    sink.rules = []
    failed = Delivery.objects.get(message=message, state="failed")
    posting.do(actions.send_again, posting.bob, failed)
    work()
    assert [state for _, _, state in deliveries(message)] == ["sent", "sent"]
    assert Attempt.objects.filter(delivery__message=message, delivery__medium="form").count() == 1


def test_a_lost_answer_after_the_final_dot_is_uncertain_for_the_letter_alone(posting, sink, form):
    Person(form).request()
    sink.rules = [{"at": "dot", "do": "drop"}]
    message = answer(posting, "We look into it")
    assert [state for _, _, state in deliveries(message)] == ["sent", "uncertain"]
    work()
    assert len(sink.mails) == 2, "the confirmation, and the letter that did arrive"
    assert Attempt.objects.filter(delivery__message=message).count() == 2


def test_a_bounce_of_the_letter_attaches_to_the_letter(posting, sink, form):
    url = Person(form).request()
    message = answer(posting, "We look into it")
    sent = letters(sink)[-1]
    report = (
        "This is a report.\r\n\r\n--x\r\nContent-Type: message/delivery-status\r\n\r\n"
        "Reporting-MTA: dns; mx.client.example\r\n\r\n"
        "Final-Recipient: rfc822; dan@client.example\r\nAction: failed\r\nStatus: 5.1.1\r\n"
        "Diagnostic-Code: smtp; 550 5.1.1 mailbox is gone\r\n\r\n--x\r\n"
        f"Content-Type: message/rfc822\r\n\r\nMessage-ID: {sent['Message-ID']}\r\n"
        "Subject: No bill\r\n\r\n--x--"
    )
    headers = {
        "From": "mailer-daemon@client.example",
        "Subject": "Undelivered",
        "Content-Type": 'multipart/report; report-type=delivery-status; boundary="x"',
    }
    take(posting.channel, write(headers, "--x\r\nContent-Type: text/plain\r\n\r\n" + report))
    assert deliveries(message) == [
        ("form", "dan@client.example", "sent"),
        ("letter", "dan@client.example", "failed"),
    ]
    assert Conversation.objects.count() == 1
    assert "We look into it" in Person(form).page(url).content.decode()


def test_nothing_goes_by_letter_to_an_address_of_our_own(posting, sink, form):
    Person(form).request(email="support@okno.example")
    message = answer(posting, "We look into it")
    assert [medium for medium, _, _ in deliveries(message)] == ["form"] and sink.mails == []


@pytest.mark.parametrize("action", ["raise", "cut"])
@pytest.mark.parametrize(
    "point",
    [
        "outbox.after_claim",
        "outbox.between_channels",
        "smtp.before_data",
        "smtp.after_final_dot_before_reply",
        "smtp.after_reply_before_commit",
    ],
)
def test_R02_a_fault_at_any_step_sends_no_second_letter(
    posting, sink, form, settings, point, action
):
    settings.ENV = {**settings.ENV, "OKNO_RETRY_SCALE": 0}
    url = Person(form).request()
    failpoint.arm(f"{point}={action}")
    try:
        message = answer(posting, "We look into it")
        for _ in range(3):
            Job.objects.update(run_at=clock.now())
            Delivery.objects.exclude(next_at=None).update(next_at=clock.now())
            work()
    finally:
        failpoint.arm("")
    page, letter = deliveries(message)
    assert page[2] == "sent" and "We look into it" in Person(form).page(url).content.decode()
    arrived = len(sink.mails) - 1
    assert arrived <= 1 and (letter[2] == "uncertain" or (letter[2], arrived) == ("sent", 1))
