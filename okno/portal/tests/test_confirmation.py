"""The letter to whoever filled in a form (A11, A12): number, link, and nothing of theirs."""

import os
import re
import sys

import pytest

from okno.channels.email.tests.letters import take, write
from okno.console.tests.conftest import browser_of
from okno.desk.models import Aside, Conversation, Delivery, Message
from okno.kit.mail.roles import is_role
from okno.portal.tests.forms import MARKERS, Person
from okno.portal.tests.guests import work
from okno.portal.tests.posting import letters, link_in, no_waiting, posting, sink, text_of

__all__ = ["no_waiting", "posting", "sink"]
LONG = bool(os.environ.get("OKNO_TEST_LONG"))


def test_a_client_gets_the_number_and_the_way_back(posting, sink, form):
    url = Person(form).request()
    work()
    (mail,) = sink.mails
    (letter,) = letters(sink)
    number = Conversation.objects.get().pk
    assert (mail.sender, mail.recipients) == ("", ["dan@client.example"])
    assert letter["Auto-Submitted"] == "auto-replied"
    assert letter["X-Auto-Response-Suppress"] == "All"
    assert f"[#{number}]" in letter["Subject"] and str(number) in text_of(letter)
    link = link_in(letter)
    assert link != url and link.split("/")[2] == url.split("/")[2] == str(number)
    for way in (url, link):
        assert "Where is it?" in Person(form).page(way).content.decode()
    # What is answered by mail comes into the conversation, for agents to see.
    back = take(posting.channel, write({"In-Reply-To": letter["Message-ID"],
                                        "From": "dan@client.example"}))  # fmt: skip
    assert back.conversation_id == number and back.aside_id is None


def test_the_letter_has_a_state_and_only_agents_see_it(posting, sink, form):
    url = Person(form).request()
    work()
    delivery = Delivery.objects.get()
    assert (delivery.state, delivery.address) == ("sent", "dan@client.example")
    talk = Conversation.objects.get()
    page = browser_of(posting.bob).get(f"/conversations/{talk.pk}/").content.decode()
    assert "confirmation to dan@client.example" in page
    assert "we have your request" not in Person(form).page(url).content.decode()
    assert talk.waiting_since is not None and talk.status == "open"


def test_A12_nothing_of_the_sender_is_in_it(posting, sink, form):
    Person(form).request(name=f"Evil {MARKERS}"[:80], subject=f"Won {MARKERS}"[:80],
                         text=f"Click https://evil.example {MARKERS}")  # fmt: skip
    work()
    (mail,) = sink.mails
    for word in (b"evil", b"Evil", b"Won", b"Click", b"script", b"7777"):
        assert word not in mail.raw.replace(b"=\r\n", b""), word


def test_A12_one_a_day_to_an_address_whatever_comes(posting, sink, form, capsys):
    times = 40 if LONG else 5
    for number in range(times):
        person = Person(form, address=f"198.51.{number}.9")
        person.request(subject=f"No bill {number}", email="Dan@Client.example")
    work()
    assert (len(sink.mails), Conversation.objects.count()) == (1, times)
    with capsys.disabled():
        print(f"\nA12 n={times} requests in one name: 1 letter")


def test_A12_a_flood_of_addresses_ends_at_the_limit(posting, sink, form, capsys):
    verb = sys.modules["okno.desk.actions.acknowledge"]  # the package has a function so named
    before, verb.MOST_IN_AN_HOUR = verb.MOST_IN_AN_HOUR, 3
    times = 40 if LONG else 6
    try:
        for number in range(times):
            person = Person(form, address=f"198.51.{number}.9")
            person.request(email=f"victim{number}@client.example")
        work()
    finally:
        verb.MOST_IN_AN_HOUR = before
    assert (len(sink.mails), Conversation.objects.count()) == (3, times)
    with capsys.disabled():
        print(f"\nA12 n={times} requests for as many addresses: no letter past the limit of 3")


@pytest.mark.parametrize(
    "address",
    ["support@okno.example", "support+x@okno.example", "noreply@client.example",
     "mailer-daemon@client.example", "postmaster@client.example"],
)  # fmt: skip
def test_A11_nothing_automatic_goes_to_ourselves_or_to_programs(posting, sink, form, address):
    Person(form).request(email=address)
    work()
    assert sink.mails == [] and Conversation.objects.count() == 1


def test_A11_two_houses_do_not_talk_to_each_other(posting, sink, form):
    """The confirmation comes back as a vacation notice: nothing answers that."""
    Person(form).request()
    work()
    (letter,) = letters(sink)
    headers = {"In-Reply-To": letter["Message-ID"], "From": "dan@client.example",
               "Auto-Submitted": "auto-replied"}  # fmt: skip
    take(posting.channel, write(headers))
    work()
    assert len(sink.mails) == 1


def test_an_administrator_can_do_without(posting, sink, form):
    browser = browser_of(posting.alice)
    page = browser.get(f"/settings/channels/{form.pk}/").content.decode()
    assert re.search(r'name="confirms"[^>]*checked', page)
    given = {"name": "Velobaza", "language": "en", "team": posting.support.pk, "is_active": "on"}
    assert browser.post(f"/settings/channels/{form.pk}/", given).status_code == 302
    form.refresh_from_db()
    assert form.settings["confirms"] is False
    Person(form).request()
    work()
    assert sink.mails == []


def test_without_a_way_out_there_is_no_letter(world, form):
    Person(form).request()
    work()
    assert Aside.objects.count() == 0 and Message.every.count() == 1


def test_what_does_not_leave_is_shown_as_failed(posting, sink, form):
    sink.rules = [{"at": "rcpt", "do": "reply", "reply": "550 5.1.1 no such user"}]
    Person(form).request()
    work()
    assert Delivery.objects.get().state == "failed"
    talk = Conversation.objects.get()
    page = browser_of(posting.bob).get(f"/conversations/{talk.pk}/").content.decode()
    assert "no such user" in page


@pytest.mark.parametrize(
    ("address", "is_one"),
    [
        ("dan@client.example", False), ("info@client.example", False),
        ("sales@x.example", False), ("newsom@x.example", False),
        ("rootes@x.example", False), ("no-reply@x.example", True),
        ("no_reply@x.example", True), ("do.not.reply@x.example", True),
        ("abuse@x.example", True), ("noreply+7@x.example", True),
        ("owner-list@x.example", True), ("list-request@x.example", True),
        ("bounces@x.example", True), ("bounce-7@x.example", True),
        ("orders-noreply@x.example", True),
    ],
)  # fmt: skip
def test_programs_are_known_by_their_addresses(address, is_one):
    assert is_role(address) is is_one
