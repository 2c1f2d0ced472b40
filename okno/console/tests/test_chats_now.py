"""Chats whose visitors are on the site stand on top of the lists (finding 2, R1)."""

import re

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from playwright.sync_api import expect

from okno.console.tests.conftest import browser_of
from okno.console.tests.listening import house, listened, session_of
from okno.desk import actions, visiting
from okno.desk.chats import chats_now
from okno.desk.models import Conversation
from okno.desk.queries import PAGE
from okno.portal.tests.guests import Visitor, make_channel, work
from tests.stands.browser import browser, in_browser, sign_in, window
from tests.world import PASSWORD

__all__ = ["house"]
SHOP = {"page": "https://shop.example/", "title": "Shop"}


@pytest.fixture
def visitor(world):
    """Somebody in a chat of Support, on the site."""
    return _visitor(world)


def _visitor(world, text="Hello"):
    found = Visitor(make_channel("widget", "Velobaza", world.support)).start()
    found.write(text)
    work()
    found("POST", "visit", SHOP)
    return found


def chat():
    return Conversation.objects.get(thread_key__isnull=False)


def shown(agent, **asked):
    """The numbers in the group on top, and those in the list below it."""
    page = browser_of(agent).get("/", asked).content.decode()
    group = re.search(r'<section class="list-group".*?</section>', page, re.S)
    above = group[0] if group else ""
    numbers = [[int(n) for n in re.findall(r'<li id="row-(\d+)"', html)] for html in (above, page)]
    return numbers[0], [n for n in numbers[1] if n not in numbers[0]]


@pytest.mark.django_db
def test_a_chat_stands_on_top_while_its_visitor_is_there(world):
    letters = [world.letter(f"Letter {n}").conversation_id for n in range(8)]
    visitor = _visitor(world)
    talk = chat()
    assert shown(world.bob) == ([talk.pk], letters)
    page = browser_of(world.bob).get("/").content.decode()
    assert "Chats now" in page and "on the site" in page
    # Also after the first reply, when nobody waits any more.
    world.do(actions.reply, world.bob, talk, actions.Body("Good day"))
    assert shown(world.bob) == ([talk.pk], letters)
    assert shown(world.bob, view="unassigned")[0] == [talk.pk]
    assert shown(world.bob, view="open")[0] == [talk.pk]
    assert shown(world.bob, view="solved") == ([], [])
    visitor("POST", "visit", {"leaves": True})
    assert shown(world.bob) == ([], letters)
    assert talk.pk in shown(world.bob, view="open")[1]


@pytest.mark.django_db
def test_it_is_there_for_its_assignee_and_else_for_its_team(world, visitor):
    talk = chat()
    assert shown(world.carol)[0] == []
    assert shown(world.alice)[0] == shown(world.bob)[0] == [talk.pk]
    assert shown(world.bob, view="mine")[0] == []
    world.do(actions.assign, world.alice, talk, world.bob)
    assert shown(world.alice) == ([], [talk.pk])
    assert shown(world.bob)[0] == shown(world.bob, view="mine")[0] == [talk.pk]
    assert shown(world.bob, view="unassigned") == ([], [])
    world.do(actions.set_status, world.bob, talk, "solved")
    assert shown(world.bob)[0] == []


@pytest.mark.django_db
def test_the_pages_of_the_list_go_on_by_key_and_show_each_row_once(world, visitor):
    letters = [world.letter(f"Letter {n}").conversation_id for n in range(PAGE + 5)]
    bob = browser_of(world.bob)
    above, first = shown(world.bob)
    assert above == [chat().pk]
    after = re.search(r"after=([^\"&]+)", bob.get("/").content.decode())[1]
    group, second = shown(world.bob, after=after)
    assert group == []
    assert sorted([*first, *second]) == sorted(letters)
    assert not set(first) & set(second)


@pytest.mark.django_db
def test_nothing_is_asked_while_nobody_is_there_and_then_by_number(world):
    with CaptureQueriesContext(connection) as asked:
        assert chats_now(world.bob) == []
    assert len(asked) == 0
    _visitor(world)
    with CaptureQueriesContext(connection) as asked:
        assert len(chats_now(world.bob)) == 1
    if connection.vendor == "sqlite":
        [listing] = [one["sql"] for one in asked.captured_queries if "preview" in one["sql"]]
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {listing.replace('%', '%%')}")
            steps = [row[3] for row in cursor.fetchall()]
        assert any("desk_conversation USING INTEGER PRIMARY KEY" in step for step in steps), steps


@pytest.mark.django_db(transaction=True)
def test_lists_hear_of_visitors_who_come_and_go_and_foreign_ones_do_not(live_world, house):
    world = live_world
    talk = world.letter().conversation
    foreign = world.letter(who="eve").conversation
    Conversation.objects.filter(pk=foreign.pk).update(team=world.sales)
    steps = (
        lambda: visiting.visits(talk.pk, SHOP),
        lambda: visiting.visits(talk.pk, {**SHOP, "title": "Bikes"}),
        lambda: visiting.visits(foreign.pk, SHOP),
        lambda: visiting.leaves(talk.pk),
    )
    came, walked, other, left = listened(house, session_of(world.bob), *steps)
    hint = [{"conversation": talk.pk, "parts": ["list"]}]
    assert (came, walked, other, left) == (hint, [], [], hint)


@in_browser
@pytest.mark.django_db(transaction=True)
def test_the_page_tells_of_a_new_chat_and_opens_it(live_world, live_server):
    world = live_world
    number = world.letter().conversation_id
    key = make_channel("widget", "Velobaza", world.support).public_key
    with browser() as chromium:
        page = window(chromium, 1500, 900).new_page()
        sign_in(page, live_server.url, "bob@okno.example", PASSWORD)
        page.goto(f"{live_server.url}/conversations/{number}/")
        guest = page.request
        chat_at = f"{live_server.url}/chat/{key}"
        token = guest.post(f"{chat_at}/session").json()["token"]
        sent = guest.post(
            f"{chat_at}/messages",
            data={"id": "3f0c8e4e-0d2f-4a0e-9a51-9a3a6b3a1a11", "text": "Is anybody there?"},
            headers={"Authorization": f"Bearer {token}"},
        )
        assert sent.ok
        _worked()
        # Streams are not served here: a change of one's own brings the counts anew.
        page.select_option("#field-priority", "4")
        toast = page.locator(".toast", has_text="A new chat is waiting")
        expect(toast).to_be_visible()
        toast.locator("a").click()
        expect(page.locator(".message.is-in")).to_contain_text("Is anybody there?")


def _worked():
    """The worker's part, outside of the loop that the browser's driver keeps in this thread."""
    from concurrent.futures import ThreadPoolExecutor

    from django.db import connections

    def run():
        work()
        connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        pool.submit(run).result()
