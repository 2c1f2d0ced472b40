"""H4: what an agent mails to a client is on no stranger's page, whatever is merged with what.

A stranger fills in the form with the victim's address and gets the page of that request at once.
"""

import re

import pytest
from django.test import Client

from okno.channels.email.tests.letters import take, write
from okno.console.tests.conftest import browser_of
from okno.desk import actions
from okno.desk.contract import Person as Somebody
from okno.desk.models import Conversation, Delivery, Message, Move
from okno.portal.form import stamps
from okno.portal.tests.agents import api, bob_api, console_text, deliveries
from okno.portal.tests.forms import Person
from okno.portal.tests.guests import work
from okno.portal.tests.posting import letters, link_in, no_waiting, posting, sink, text_of

__all__ = ["bob_api", "no_waiting", "posting", "sink"]
VICTIM = "dan@client.example"


def talk_of(url):
    """The conversation in which the request of a page stands now."""
    return Message.objects.get(pk=url.split("/")[3].split("-")[0]).conversation


def page(url):
    return Client().get(url).content.decode()


def said(world, talk, text):
    talk.refresh_from_db()
    message = world.do(actions.reply, world.bob, talk, actions.Body(text))
    work()
    return message


def merge(world, source, target):
    return world.do(actions.merge, world.alice, source, target)


@pytest.fixture
def victim(posting):
    """The victim's own correspondence by mail."""
    letter = take(posting.channel, write({"From": VICTIM}, "About my contract"))
    said(posting, letter.conversation, "SECRET-BEFORE")
    return letter.conversation


@pytest.fixture
def stranger(victim, form):
    """The page of a stranger's request in the victim's name."""
    return Person(form, "198.51.100.66").request(email=VICTIM, text="I am the stranger")


def is_shut(url, world):
    """No word of ours, no writing, no status, no other number: and what was there stays."""
    talk = talk_of(url)
    before = (talk.status, Message.objects.count())
    text = page(url)
    assert "SECRET" not in text and "I am the stranger" in text
    assert 'name="text"' not in text and "joined with another" in text
    given = {"text": "From the stranger", "stamp": stamps.new(f"request:{url.split('/')[3]}")}
    assert Client().post(f"{url}reply", given).status_code == 409
    for is_done in "10":
        assert Client().post(f"{url}status", {"is_done": is_done}).status_code == 409
    work()
    talk.refresh_from_db()
    assert (talk.status, Message.objects.count()) == before
    assert f"Request {url.split('/')[2]}" in text
    return True


def test_H4_the_attack_as_it_was_made(posting, victim, stranger, sink):
    mine = talk_of(stranger)
    chosen = browser_of(posting.alice).get(f"/conversations/{mine.pk}/merging").content.decode()
    assert "Address not proved" in chosen and f"#{mine.pk}" in chosen
    from_there = browser_of(posting.alice).get(f"/conversations/{victim.pk}/merging")
    assert "address not proved" in from_there.content.decode()
    merge(posting, mine, victim)
    message = said(posting, victim, "SECRET-AFTER-MERGE")
    assert deliveries(message) == [("letter", VICTIM, "sent")]
    assert "SECRET-AFTER-MERGE" in text_of(letters(sink)[-1])
    assert is_shut(stranger, posting)


def test_H4_the_other_way_round(posting, victim, stranger, sink, bob_api):
    mine = talk_of(stranger)
    merge(posting, victim, mine)
    message = said(posting, mine, "SECRET-AFTER-MERGE")
    assert deliveries(message) == [("letter", VICTIM, "sent")]
    assert "SECRET-AFTER-MERGE" in text_of(letters(sink)[-1])
    assert is_shut(stranger, posting)
    assert "By letter only: the address is not proved" in console_text(posting.bob, mine.pk)
    found = api(bob_api, f"/conversations/{mine.pk}/destinations")
    assert [way["medium"] for way in found["items"]] == ["letter"]
    assert found["address_is_confirmed"] is False


def test_H4_what_was_answered_before_the_merge_stays_and_nothing_else_comes(
    posting, victim, stranger
):
    said(posting, talk_of(stranger), "Which order do you mean?")
    merge(posting, talk_of(stranger), victim)
    said(posting, victim, "SECRET-AFTER-MERGE")
    assert "Which order do you mean?" in page(stranger)
    assert is_shut(stranger, posting)


@pytest.mark.parametrize("is_turned", [False, True])
def test_H4_chained_merges(posting, victim, stranger, form, is_turned):
    middle = talk_of(Person(form).request(email="eve@client.example", text="Eve's words"))
    if is_turned:
        merge(posting, victim, middle)
        merge(posting, middle, talk_of(stranger))
    else:
        merge(posting, talk_of(stranger), middle)
        merge(posting, middle, victim)
    end = talk_of(stranger)
    said(posting, end, "SECRET-AFTER-MERGE")
    assert is_shut(stranger, posting) and "Eve's words" not in page(stranger)


def test_H4_split_off_again_it_stays_shut_with_what_came_along(posting, victim, stranger):
    merge(posting, talk_of(stranger), victim)
    rows = Message.objects.filter(conversation=victim, direction="in")
    new = posting.do(actions.split, posting.bob, victim, list(rows))
    assert talk_of(stranger) == new
    said(posting, new, "SECRET-AFTER-SPLIT")
    assert is_shut(stranger, posting)


def test_H4_a_clean_split_of_a_request_harms_no_page(posting, form, sink):
    url = Person(form).request()
    person = Person(form)
    person.send(f"{url}reply", text="And the bell?")
    work()
    talk = talk_of(url)
    other = Message.objects.get(text="And the bell?")
    new = posting.do(actions.split, posting.bob, talk, [other])
    message = said(posting, new, "The bell is extra")
    assert [medium for medium, _, _ in deliveries(message)] == ["form", "letter"]
    assert "The bell is extra" in page(url)


def test_H4_unmerged_it_opens_again_and_shows_nothing_of_between(posting, victim, stranger):
    merge(posting, talk_of(stranger), victim)
    said(posting, victim, "SECRET-BETWEEN")
    posting.do(actions.undo, posting.bob, Move.objects.get())
    said(posting, talk_of(stranger), "For the request alone")
    text = page(stranger)
    assert "For the request alone" in text and "SECRET" not in text and 'name="text"' in text


def test_H4_unmerged_with_words_left_in_it_stays_shut(posting, victim, stranger, sink):
    """What the victim answered while the two were one stays in the stranger's conversation."""
    mine = talk_of(stranger)
    merge(posting, victim, mine)
    said(posting, mine, "SECRET-BETWEEN")
    take(posting.channel, write({"From": VICTIM, "In-Reply-To": letters(sink)[-1]["Message-ID"]}))
    posting.do(actions.undo, posting.bob, Move.objects.get())
    said(posting, mine, "SECRET-AFTER")
    assert is_shut(stranger, posting)


def test_H4_an_undone_split_brings_what_was_merged_into_the_part(posting, victim, stranger, form):
    Person(form).send(f"{stranger}reply", text="And the bell?")
    work()
    mine = talk_of(stranger)
    part = posting.do(actions.split, posting.bob, mine, [Message.objects.get(text="And the bell?")])
    merge(posting, victim, part)
    posting.do(actions.undo, posting.bob, Move.objects.get(kind="split"))
    assert talk_of(stranger) == mine
    said(posting, mine, "SECRET-AFTER")
    assert is_shut(stranger, posting)


@pytest.mark.parametrize("address", [VICTIM, "eve@client.example"])
@pytest.mark.parametrize("is_turned", [False, True])
def test_H4_two_requests_of_different_persons(posting, form, address, is_turned):
    """Also of two who both claim one address: which of them is meant, nobody knows."""
    stranger = Person(form, "198.51.100.66").request(email=address, text="I am the stranger")
    own = Person(form).request(email=VICTIM, text="Dan's words")
    pair = (talk_of(stranger), talk_of(own))
    merge(posting, *(reversed(pair) if is_turned else pair))
    message = said(posting, talk_of(own), "SECRET-AFTER-MERGE")
    assert [medium for medium, _, _ in deliveries(message)] == ["letter"]
    assert is_shut(stranger, posting) and "Dan's words" not in page(stranger)


def test_H4_forwarded_words_and_their_answers_are_on_no_page(posting, form, sink):
    url = Person(form).request()
    to = Somebody("expert@firm.example", "Expert")
    posting.do(actions.forward, posting.bob, talk_of(url), posting.channel, to,
               actions.Body("SECRET-FORWARD"))  # fmt: skip
    work()
    asked = letters(sink)[-1]
    back = take(posting.channel, write({"From": to.address, "In-Reply-To": asked["Message-ID"]},
                                       "SECRET-ASIDE"))  # fmt: skip
    assert back.aside_id is not None
    said(posting, talk_of(url), "To the client")
    assert "SECRET" not in page(url) and "To the client" in page(url)


def test_H4_an_address_alone_shows_nothing(posting, victim, stranger):
    """Rows of the same address by another channel, in the very conversation of the request."""
    message = said(posting, victim, "SECRET-BY-LETTER")
    Message.objects.filter(pk=message.pk).update(conversation=talk_of(stranger))
    assert "SECRET" not in page(stranger)


def test_H4_who_comes_by_the_letter_proves_the_address_and_reads_on(posting, victim, form, sink):
    url = Person(form).request(email=VICTIM)
    [confirmation] = [m for m in letters(sink) if "Auto-Submitted" in m]
    link = link_in(confirmation)
    merge(posting, talk_of(url), victim)
    said(posting, victim, "Before it was proved")
    # A program that looks into letters follows the link: that proves nothing.
    assert "Yes, it is mine" in page(link) and "Yes, it is mine" not in page(url)
    assert 'name="text"' not in page(link)
    assert Client().post(f"{url}confirm").status_code == 404
    assert Client().post(f"{link}confirm").status_code == 303
    assert "The client proved the address" in console_text(posting.bob, victim.pk)
    message = said(posting, victim, "After it was proved")
    assert [medium for medium, _, _ in deliveries(message)] == ["letter", "form"]
    for way in (url, link):
        text = page(way)
        assert "After it was proved" in text and "Before it was proved" not in text
        assert "SECRET" not in text and "Yes, it is mine" not in text
    person = Person(form)
    assert person.send(f"{link}reply", text="I read it").status_code == 303
    work()
    assert Message.objects.get(text="I read it").conversation == victim
    assert Client().post(f"{url}status", {"is_done": "1"}).status_code == 303
    victim.refresh_from_db()
    assert victim.status == "solved"


def test_H4_a_proof_is_of_one_request(posting, victim, form, sink):
    """The victim's own proved request does not open the stranger's page."""
    own = Person(form).request(email=VICTIM, text="Dan's words")
    link = link_in(letters(sink)[-1])
    Client().post(f"{link}confirm")
    other = Person(form, "198.51.100.67").request(email=VICTIM, text="I am the stranger")
    merge(posting, talk_of(own), victim)
    merge(posting, talk_of(other), victim)
    message = said(posting, victim, "SECRET-FOR-THE-OWNER")
    assert Delivery.objects.filter(message=message, medium="form").count() == 1
    assert "SECRET-FOR-THE-OWNER" in page(own)
    assert is_shut(other, posting)
    number, token = link.split("/")[2:4]
    forged = [f"/request/{other.split('/')[2]}/{token}/",
              f"/request/{number}/{token[:-1]}{'1' if token[-1] == '0' else '0'}/"]  # fmt: skip
    for wrong in forged:
        assert Client().get(wrong).status_code == 404
        assert Client().post(f"{wrong}confirm").status_code == 404


def test_H4_nothing_is_called_sent_when_nobody_would_get_it(world, form):
    """Without mail two merged requests have no way left: the agent hears it, nothing is stored."""
    one, two = (Person(form, f"198.51.100.{n}").request(text=f"Words {n}") for n in (1, 2))
    merge(world, talk_of(one), talk_of(two))
    talk = talk_of(two)
    with pytest.raises(ValueError, match="nobody would get this"):
        said(world, talk, "To whom?")
    assert not Message.objects.filter(text="To whom?").exists()
    assert "Nobody would get it" in console_text(world.bob, talk.pk)
    world.do(actions.undo, world.bob, Move.objects.get())
    said(world, Conversation.objects.get(pk=talk.pk), "Now it is clear")
    assert "Now it is clear" in page(two) and "Now it is clear" not in page(one)


def test_a_shut_page_says_what_to_do(posting, victim, stranger):
    merge(posting, talk_of(stranger), victim)
    assert re.search(r"come by the link in our first letter", page(stranger))
