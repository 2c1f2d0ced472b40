"""Who else looks and writes: shown to those who may see the conversation, and to nobody else."""

import re

import pytest

from okno.console.company import seen_of
from okno.console.tests.conftest import browser_of
from okno.desk import looking, visiting
from okno.desk import typing as keys

pytestmark = pytest.mark.django_db


def here(browser, number, does, tab="tab"):
    return browser.post(f"/conversations/{number}/here", {"does": does, "tab": tab}).status_code


def company(browser, number):
    return browser.get(f"/conversations/{number}/part/here").content.decode()


def test_colleagues_see_each_other_look_write_and_leave(world, desk):
    number = desk.conversation.pk
    alice, bob = browser_of(world.alice), browser_of(world.bob)
    assert here(bob, number, "looks") == here(alice, number, "looks") == 204
    assert "Bob is looking at this" in company(alice, number)
    assert "Alice is looking at this" in company(bob, number)
    assert "Bob" not in company(bob, number)
    here(bob, number, "reply")
    assert "Bob is replying" in company(alice, number)
    assert "Bob is replying" in alice.get(f"/conversations/{number}/").content.decode()
    here(bob, number, "note")
    assert "Bob is writing a note" in company(alice, number)
    here(bob, number, "stops")
    assert "Bob is looking at this" in company(alice, number)
    here(bob, number, "leaves")
    assert "Bob" not in company(alice, number)


def test_two_tabs_of_one_agent_are_one_colleague(world, desk):
    number, bob = desk.conversation.pk, browser_of(world.bob)
    here(bob, number, "looks", "one")
    here(bob, number, "looks", "two")
    assert looking.lookers(number) == {world.bob.pk: "Bob"}
    here(bob, number, "leaves", "one")
    assert looking.lookers(number) == {world.bob.pk: "Bob"}
    here(bob, number, "leaves", "two")
    assert looking.lookers(number) == {}


def test_C07_who_must_not_see_neither_tells_nor_hears(world, desk):
    """Also for a number that was guessed, and for one that went out of sight meanwhile."""
    number, carol = desk.conversation.pk, browser_of(world.carol)
    here(browser_of(world.bob), number, "reply")
    for does in ("looks", "reply", "note", "leaves"):
        assert here(carol, number, does) == 404
    assert looking.lookers(number) == {world.bob.pk: "Bob"}
    assert carol.get(f"/conversations/{number}/part/here").status_code == 404
    assert seen_of(world.carol, [number]) == []
    assert seen_of(world.bob, [number, 10**9]) == [number]
    here(browser_of(world.bob), number, "leaves")


def test_D07_the_client_hears_of_replies_only_and_of_a_name_to_show(world, desk):
    number, bob = desk.conversation.pk, browser_of(world.bob)
    here(bob, number, "note")
    assert keys.agents(keys.typists(number)) == []
    here(bob, number, "reply")
    assert [typist.name for typist in keys.agents(keys.typists(number))] == ["Bob"]
    here(bob, number, "leaves")
    assert keys.typists(number) == []


def test_a_light_agent_never_seems_to_reply(world, desk):
    world.bob.role = "light"
    world.bob.save()
    number = desk.conversation.pk
    here(browser_of(world.bob), number, "reply")
    assert keys.typists(number) == []
    here(browser_of(world.bob), number, "note")
    assert [typist.is_note for typist in keys.typists(number)] == [True]
    here(browser_of(world.bob), number, "leaves")


def test_the_card_shows_where_the_client_is_and_was(world, desk):
    talk, alice = desk.conversation, browser_of(world.alice)
    talk.visit = {
        "page": "https://shop.example/cart",
        "path": ["https://shop.example/", "https://shop.example/cart"],
        "zone": "Asia/Vladivostok",
        "browser": "Firefox 130, Windows",
    }
    talk.save()
    card = alice.get(f"/conversations/{talk.pk}/part/card").content.decode()
    assert "Last seen on the site" in card and "https://shop.example/cart" in card
    assert "1 page before" in card and "Firefox 130, Windows" in card and "Local time" in card
    visiting.visits(talk.pk, {"page": "https://shop.example/pay", "title": "<b>Pay", "path": []})
    now = company(alice, talk.pk)
    assert "On the site now" in now and "https://shop.example/pay" in now and "&lt;b&gt;Pay" in now
    visiting.leaves(talk.pk)


def test_earlier_conversations_come_page_by_page_and_only_those_in_sight(world, desk):
    numbers = [world.letter(f"Old {n}", subject=f"Old {n}").conversation_id for n in range(8)]
    hidden = world.letter("Foreign", subject="Foreign words").conversation
    hidden.team = world.sales
    hidden.save()
    bob, found = browser_of(world.bob), []
    address = f"/conversations/{desk.conversation.pk}/earlier"
    while address:
        text = bob.get(address).content.decode()
        shown = map(int, re.findall(r'href="/conversations/(\d+)/"', text))
        found += [number for number in shown if number in numbers]
        assert "Foreign words" not in text
        _, more, rest = text.partition('hx-get="')
        address = rest.partition('"')[0] if more else ""
    assert found == numbers[::-1]
    bad = f"/conversations/{desk.conversation.pk}/earlier?after=x"
    assert bob.get(bad).status_code == 404
