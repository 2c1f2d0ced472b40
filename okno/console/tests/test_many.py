"""Many conversations with one press, taken back with one more; and what is unread."""

import re

from okno.console.tests.conftest import browser_of, reply_from
from okno.desk import actions
from okno.desk.models import Conversation, Press, Seen

PARTIAL = {"HX-Request": "true", "HX-Request-Type": "partial"}


def letters(world, count):
    return [world.letter(f"Letter {n}").conversation_id for n in range(count)]


def press(browser, numbers, do, **more):
    page = browser.post("/many/", {"number": numbers, "do": do, **more}, follow=True)
    assert page.status_code == 200
    return page.content.decode()


def state(numbers):
    fields = (
        "status", "assignee_id", "team_id", "waiting_since", "snoozed_until", "is_spam",
        "binned_at",
    )  # fmt: skip
    rows = Conversation.objects.filter(pk__in=numbers).order_by("pk").values_list(*fields)
    tags = Conversation.tags.through.objects.filter(conversation_id__in=numbers)
    return list(rows), sorted(tags.values_list("conversation_id", "tag__name"))


def undo(browser, page):
    found = re.search(r'action="(/presses/\d+/undo)[^"]*"', page)
    assert found, "no undo was offered"
    return browser.post(found[1], follow=True).content.decode()


def test_each_verb_is_done_to_all_and_undone_as_one(world):
    numbers = letters(world, 4)
    browser = browser_of(world.bob)
    world.do(actions.assign, world.alice, Conversation.objects.get(pk=numbers[0]), world.bob)
    before = state(numbers)
    for do, more in (
        ("assign:me", {}),
        ("assign:nobody", {}),
        (f"team:{world.sales.pk}", {}),
        ("team:none", {}),
        ("status:pending", {}),
        ("status:solved", {}),
        ("tag", {"tag": "vip"}),
        ("snooze:tomorrow", {}),
        ("spam", {}),
        ("bin", {}),
    ):
        page = press(browser, numbers, do, **more)
        assert "4 conversations changed" in page, do
        assert state(numbers) != before, do
        assert "Undone" in undo(browser, page), do
        assert state(numbers) == before, do


def test_what_may_not_be_done_is_left_out_and_said(world):
    numbers = letters(world, 3)
    foreign = world.letter().conversation
    world.do(actions.move_to_team, world.alice, foreign, world.sales)
    closed = Conversation.objects.get(pk=numbers[2])
    world.do(actions.set_status, world.alice, closed, "closed")
    page = press(browser_of(world.bob), [*numbers, foreign.pk, 10**15], "status:solved")
    assert "2 conversations changed, 3 left out" in page
    foreign.refresh_from_db()
    assert foreign.status == "open"
    light = world.do(actions.mark_seen, world.bob, closed, 1)
    assert light is None


def test_a_press_that_cannot_be_read_is_told(world):
    browser, number = browser_of(world.bob), letters(world, 1)
    assert "Choose what to do." in press(browser, number, "explode:all")
    assert "Choose conversations first." in press(browser, [], "bin")
    assert "200 conversations at once" in press(browser, list(range(1, 202)), "bin")
    assert "a tag needs a word" in press(browser, number, "tag", tag=" ")
    assert "there is no such agent" in press(browser, number, "assign:999")
    assert "there is no such team" in press(browser, number, "team:999")
    assert "is no id" in press(browser, number, "team:²")
    assert not Press.objects.exists()


def test_undo_leaves_alone_what_somebody_changed_meanwhile(world):
    numbers = letters(world, 2)
    browser = browser_of(world.bob)
    page = press(browser, numbers, "status:solved")
    reply_from(world, Conversation.objects.get(pk=numbers[0]), "Not solved at all")
    said = undo(browser, page)
    assert "1 conversation was changed meanwhile and stays as it is" in said
    assert [row[0] for row in state(numbers)[0]] == ["open", "open"]


def test_nobody_undoes_the_press_of_another(world):
    page = press(browser_of(world.bob), letters(world, 1), "bin")
    found = re.search(r'action="(/presses/\d+/undo)', page)[1]
    for other in (world.alice, world.carol):
        assert browser_of(other).post(found).status_code == 404
    bob = browser_of(world.bob)
    assert "Undone" in bob.post(found, follow=True).content.decode()
    assert "undone already" in bob.post(found, follow=True).content.decode()


def test_undo_of_solve_restores_how_long_the_client_waits(world):
    number = world.letter().conversation_id
    before = state([number])
    browser = browser_of(world.bob)
    page = browser.post(f"/conversations/{number}/status", {"status": "solved"}, follow=True)
    assert state([number])[0][0][3] is None
    undo(browser, page.content.decode())
    assert state([number]) == before


def test_a_script_gets_the_list_and_the_toast(world):
    numbers = letters(world, 2)
    sent = {"number": numbers, "do": "assign:me"}
    page = browser_of(world.bob).post("/many/?view=mine&open=7", sent, headers=PARTIAL)
    text = page.content.decode()
    assert page.status_code == 200
    assert '<hx-partial hx-target="#toasts"' in text
    assert re.search(r'action="/presses/\d+/undo\?view=mine&amp;open=7"', text)


def unread_rows(browser):
    page = browser.get("/?view=open").content.decode()
    return {int(n) for n in re.findall(r'is-unread" href="/conversations/(\d+)/', page)}


def test_each_agent_has_their_own_unread_marks(world):
    talk = world.letter().conversation
    bob, alice = browser_of(world.bob), browser_of(world.alice)
    assert unread_rows(bob) == unread_rows(alice) == {talk.pk}
    page = bob.get(f"/conversations/{talk.pk}/").content.decode()
    assert not Seen.objects.exists(), "looking changes nothing"
    message = re.search(r'id="seen-(\d+)"', page)[1]
    bob.post(f"/conversations/{talk.pk}/seen", {"message": message})
    assert (unread_rows(bob), unread_rows(alice)) == (set(), {talk.pk})
    assert 'id="seen-' not in bob.get(f"/conversations/{talk.pk}/").content.decode()
    reply_from(world, talk, "One more thing")
    assert unread_rows(bob) == {talk.pk}
    bob.post(f"/conversations/{talk.pk}/seen", {"message": 10**15})
    reply_from(world, talk, "And another")
    assert unread_rows(bob) == {talk.pk}, "nobody sees what is still to come"


def test_marking_unread_brings_the_mark_back(world):
    talk = world.letter().conversation
    bob = browser_of(world.bob)
    bob.post(f"/conversations/{talk.pk}/seen", {"message": talk.messages.get().pk})
    assert unread_rows(bob) == set()
    page = bob.post(f"/conversations/{talk.pk}/unread?view=open", follow=True)
    assert page.redirect_chain[-1][0] == "/?view=open"
    assert unread_rows(bob) == {talk.pk}
    assert browser_of(world.carol).post(f"/conversations/{talk.pk}/seen").status_code == 404


def test_solving_many_asks_once_where_something_is_not_sent(world):
    numbers = letters(world, 3)
    first, second, _ = (Conversation.objects.get(pk=number) for number in numbers)
    world.do(actions.save_draft, world.bob, first, "Half a reply")
    world.do(actions.save_draft, world.alice, second, "Another's")
    browser = browser_of(world.bob)
    for headers in ({}, PARTIAL):
        data = {"number": numbers, "do": "status:solved"}
        page = browser.post("/many/", data, headers=headers).content.decode()
        assert "In 1 chosen conversation what you wrote" in page
        assert not Conversation.objects.filter(status="solved").exists()
    asked = page.split('value="sure:solved"')[0].rpartition("<form")[2]
    assert [int(n) for n in re.findall(r'name="number" value="(\d+)"', asked)] == numbers
    press(browser, numbers, "sure:solved")
    assert Conversation.objects.filter(status="solved").count() == 3
    assert first.drafts.get().text == "Half a reply"
