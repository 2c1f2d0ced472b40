"""Every verb over a conversation: what changes, what is recorded, what is refused."""

from datetime import timedelta

import pytest

from okno.access.actions import change_agent
from okno.access.policy import Forbidden
from okno.contacts.actions import block
from okno.desk import actions
from okno.desk.actions.conversations import Outdated
from okno.desk.contract import Level, Person, ThreadHint
from okno.desk.models import Conversation, Draft, Field, Participant, Status
from okno.desk.queries import listing
from okno.kit import clock
from okno.spine.models import Event, Schedule
from okno.spine.schedules import fire_due


@pytest.fixture
def talk(world):
    return world.letter().conversation


def fresh(conversation):
    return Conversation.objects.get(pk=conversation.pk)


def names(conversation):
    rows = Event.objects.filter(subject_type="conversation", subject_id=conversation.pk)
    return list(rows.order_by("id").values_list("name", flat=True))


@pytest.mark.parametrize(
    ("verb", "arguments", "event", "after"),
    [
        (actions.set_priority, (4,), "priority.changed", {"priority": 4}),
        (actions.set_status, ("solved",), "status.changed", {"status": "solved"}),
        (actions.mark_spam, (), "spam.marked", {"is_spam": True}),
        (actions.set_subject, ("A\r\nBcc: x",), "conversation.changed", {"subject": "A Bcc: x"}),
    ],
)
def test_a_verb_changes_records_and_raises_the_version(world, talk, verb, arguments, event, after):
    before = fresh(talk).version
    world.do(verb, world.bob, talk, *arguments)
    now = fresh(talk)
    assert {name: getattr(now, name) for name in after} == after
    assert now.version > before
    assert names(talk)[-1] == event


@pytest.mark.parametrize(
    "verb",
    [
        lambda who, talk: actions.set_priority(who, talk, 4),
        lambda who, talk: actions.reply(who, talk, actions.Body("hello")),
        lambda who, talk: actions.note(who, talk, "hello"),
        lambda who, talk: actions.bin_conversation(who, talk),
        lambda who, talk: actions.merge(who, talk, talk),
        lambda who, talk: actions.save_draft(who, talk, "x"),
        lambda who, talk: actions.add_participant(who, talk, Person("x@client.example")),
    ],
)
def test_carol_of_another_team_may_do_nothing(world, talk, verb):
    seen = names(talk)
    with pytest.raises(Forbidden):
        world.do(verb, world.carol, talk)
    assert names(talk) == seen


def test_a_light_agent_notes_and_does_not_answer(world, talk):
    light = world.do(change_agent, world.alice, world.bob, role="light")
    world.do(actions.note, light, talk, "I know this client")
    with pytest.raises(Forbidden):
        world.do(actions.reply, light, talk, actions.Body("hello"))


def test_assign_only_to_who_may_see_it(world, talk):
    with pytest.raises(ValueError, match="team"):
        world.do(actions.assign, world.bob, talk, world.carol)
    world.do(actions.assign, world.bob, talk, world.bob)
    assert fresh(talk).assignee == world.bob
    world.do(actions.move_to_team, world.bob, talk, world.sales)
    assert fresh(talk).assignee is None
    assert names(talk)[-2:] == ["conversation.moved", "conversation.assigned"]


def test_two_at_once_never_overwrite_silently(world, talk):
    version = fresh(talk).version
    world.do(actions.assign, world.bob, talk, world.bob, version=version)
    with pytest.raises(Outdated):
        world.do(actions.set_status, world.alice, talk, "solved", version=version)


def test_the_clients_word_reopens_pending_and_solved_and_opens_a_new_one_after_closed(world, talk):
    thread = {"thread": _thread(talk)}
    for status in ("pending", "solved"):
        world.do(actions.set_status, world.bob, talk, status)
        assert world.letter("More", **thread).conversation_id == talk.pk
        assert fresh(talk).status == Status.OPEN
    world.do(actions.set_status, world.bob, talk, "closed")
    later = world.letter("And again", **thread).conversation
    assert later.pk != talk.pk
    assert later.previous_id == talk.pk
    with pytest.raises(ValueError, match="final"):
        world.do(actions.set_status, world.bob, talk, "open")


def _thread(talk):
    return ThreadHint(number=talk.pk)


def test_solved_closes_after_seven_days(world, talk):
    world.do(actions.set_status, world.bob, talk, "solved")
    with clock.moved(timedelta(days=6, hours=23)):
        assert fire_due() == 0
    with clock.moved(timedelta(days=7, minutes=1)):
        assert fire_due() == 1
    assert fresh(talk).status == Status.CLOSED


def test_reopened_in_time_it_stays(world, talk):
    world.do(actions.set_status, world.bob, talk, "solved")
    world.letter("One more thing", thread=_thread(talk))
    assert not Schedule.objects.filter(name="conversation.close").exists()


def test_snooze_wakes_at_its_time_or_at_the_clients_word(world, talk):
    world.do(actions.snooze, world.bob, talk, clock.now() + timedelta(hours=2))
    with clock.moved(timedelta(hours=2, minutes=1)):
        assert fire_due() == 1
    assert fresh(talk).snoozed_until is None
    world.do(actions.snooze, world.bob, talk, clock.now() + timedelta(days=2))
    world.letter("Hello?", thread=_thread(talk))
    assert fresh(talk).snoozed_until is None
    assert not Schedule.objects.exists()


def test_due_is_kept_and_lifted_by_an_answer(world, talk):
    due = clock.now() + timedelta(hours=3)
    world.do(actions.set_due, world.bob, talk, due)
    assert fresh(talk).due_at == due
    world.do(actions.reply, world.bob, talk, actions.Body("Here you are"))
    assert (fresh(talk).due_at, fresh(talk).waiting_since) == (None, None)


def test_tags_are_one_word_whatever_the_case(world, talk):
    one = world.do(actions.add_tag, world.bob, talk, " Return ")
    same = world.do(actions.add_tag, world.bob, talk, "return")
    assert one == same
    world.do(actions.remove_tag, world.bob, talk, one)
    assert names(talk)[-2:] == ["tag.added", "tag.removed"]


def test_our_own_fields_take_only_what_fits(world, talk):
    Field.objects.create(key="bike", label="Bike", type="choice", choices=["red", "blue"])
    Field.objects.create(key="sold", label="Sold on", type="date")
    world.do(actions.change_fields, world.bob, talk, {"bike": "red", "sold": "2026-05-01"})
    assert fresh(talk).fields == {"bike": "red", "sold": "2026-05-01"}
    for bad in ({"bike": "green"}, {"sold": "yesterday"}, {"other": 1}):
        with pytest.raises(ValueError):
            world.do(actions.change_fields, world.bob, talk, bad)


def test_spam_waits_for_nobody_and_a_blocked_client_lands_there(world, talk):
    world.do(block, world.bob, talk.requester)
    message = world.letter("Buy now", subject="Cheap")
    assert message.conversation.is_spam
    assert message.conversation.waiting_since is None


def test_bin_and_restore(world, talk):
    world.do(actions.bin_conversation, world.bob, talk)
    assert fresh(talk).binned_at is not None
    world.do(actions.restore, world.bob, talk)
    assert fresh(talk).binned_at is None


def test_draft_is_kept_replaced_and_gone_after_sending(world, talk):
    world.do(actions.save_draft, world.bob, talk, "Dear D")
    world.do(actions.save_draft, world.bob, talk, "Dear Dan", is_note=True)
    assert Draft.objects.get().text == "Dear Dan"
    world.do(actions.reply, world.bob, talk, actions.Body("Dear Dan, yes"))
    assert not Draft.objects.exists()


def test_the_same_key_gives_the_same_message(world, talk):
    one = world.do(actions.reply, world.bob, talk, actions.Body("Yes"), key="k-1")
    two = world.do(actions.reply, world.bob, talk, actions.Body("Yes"), key="k-1")
    assert one == two
    assert talk.messages.filter(direction="out").count() == 1
    other = world.letter(who="eve").conversation
    with pytest.raises(ValueError, match="another conversation"):
        world.do(actions.reply, world.bob, other, actions.Body("Yes"), key="k-1")


def test_r25_a_reply_written_against_a_stale_thread_is_stopped_with_the_news(world, talk):
    seen = talk.messages.get().pk
    news = world.letter("Wait, it is the blue one", thread=_thread(talk))
    with pytest.raises(actions.Stale) as stopped:
        world.do(actions.reply, world.bob, talk, actions.Body("The red one"), seen=seen)
    assert stopped.value.news == [news.pk]
    world.do(actions.reply, world.bob, talk, actions.Body("The blue one"), seen=news.pk)


def test_a_reply_needs_words_and_a_reader(world, talk):
    with pytest.raises(ValueError, match="write something"):
        world.do(actions.reply, world.bob, talk, actions.Body("  "))
    nobody = world.letter("?", sender=None, level=Level.ANONYMOUS).conversation
    with pytest.raises(ValueError, match="unknown"):
        world.do(actions.reply, world.bob, nobody, actions.Body("hello"))


def test_write_first_opens_a_conversation_that_waits_for_the_client(world):
    talk = world.do(
        actions.write_first,
        world.bob,
        world.channel,
        Person("new@client.example", "Nora"),
        "Your order",
        actions.Body("It has arrived."),
        key="first-1",
    )
    assert (talk.status, talk.requester.name, talk.assignee) == ("pending", "Nora", world.bob)
    assert talk.messages.get().deliveries.get().address == "new@client.example"


def test_a05_copies_get_nothing_until_an_agent_confirms_them(world):
    message = world.letter(copies=(Person("colleague@client.example", "Col"),))
    talk = message.conversation
    first = world.do(actions.reply, world.bob, talk, actions.Body("One"))
    assert [d.address for d in first.deliveries.all()] == ["dan@client.example"]
    world.do(lambda who: actions.confirm_participant(who, Participant.objects.get()), world.bob)
    second = world.do(actions.reply, world.bob, talk, actions.Body("Two"))
    copies = {d.address: d.role for d in second.deliveries.all()}
    assert copies == {"dan@client.example": "to", "colleague@client.example": "cc"}


def test_the_list_is_keyset_and_flat(world):
    for number in range(5):
        world.letter(f"Letter {number}", who=f"c{number}")
    first = listing(world.bob, limit=2)
    second = listing(world.bob, limit=2, after=first.next)
    third = listing(world.bob, limit=2, after=second.next)
    seen = [row["number"] for page in (first, second, third) for row in page.rows]
    assert seen == sorted(seen, reverse=True)
    assert (len(seen), third.next) == (5, "")
    assert listing(world.carol).rows == []


def test_r25_a_colleagues_answer_is_news_and_ones_own_is_not(world, talk):
    seen = talk.messages.get().pk
    world.do(actions.reply, world.bob, talk, actions.Body("One"), seen=seen)
    world.do(actions.reply, world.bob, talk, actions.Body("Two"), seen=seen)
    with pytest.raises(actions.Stale):
        world.do(actions.reply, world.alice, talk, actions.Body("Three"), seen=seen)
