"""What happens to a conversation between a merge or split and its undoing: nothing is lost."""

import pytest

from okno.desk import actions
from okno.desk.actions import Body
from okno.desk.contract import ThreadHint
from okno.desk.models import Conversation, Message, Move, Status


def texts(conversation):
    found = Message.objects.filter(conversation=conversation).order_by("pk")
    return list(found.values_list("text", flat=True))


def fresh(conversation):
    return Conversation.objects.get(pk=conversation.pk)


@pytest.fixture
def two(world):
    return world.letter("First").conversation, world.letter("Second").conversation


@pytest.fixture
def parted(world, two):
    first, _ = two
    other = world.letter("About the invoice", thread=ThreadHint(number=first.pk))
    return first, world.do(actions.split, world.bob, first, [other], subject="Invoice")


def test_what_came_to_a_split_off_conversation_goes_back_with_it(world, parted):
    """I1: it would lie in a closed conversation that no list shows."""
    first, new = parted
    world.do(actions.reply, world.bob, first, Body("Done"), then=Status.SOLVED)
    world.letter("Is it paid?", thread=ThreadHint(number=new.pk))
    world.do(actions.note, world.bob, new, "ask the bank")
    world.do(actions.undo, world.bob, Move.objects.get())
    assert texts(first) == ["First", "About the invoice", "Done", "Is it paid?"]
    assert first.notes.count() == 1 and not texts(new)
    assert fresh(first).status == Status.OPEN and fresh(first).waiting_since is not None


def test_a_split_is_not_undone_into_a_closed_conversation(world, parted):
    first, new = parted
    world.letter("Is it paid?", thread=ThreadHint(number=new.pk))
    world.do(actions.set_status, world.bob, first, Status.CLOSED)
    with pytest.raises(ValueError, match="closed"):
        world.do(actions.undo, world.bob, Move.objects.get())
    assert fresh(new).status == Status.OPEN


def test_only_the_last_of_two_merges_can_be_undone(world, two):
    first, second = two
    third = world.letter("Third").conversation
    one = world.do(actions.merge, world.bob, first, second)
    other = world.do(actions.merge, world.bob, second, third)
    with pytest.raises(ValueError, match="merged"):
        world.do(actions.undo, world.bob, one)
    world.do(actions.undo, world.bob, other)
    world.do(actions.undo, world.bob, one)
    assert [texts(talk) for talk in (first, second, third)] == [["First"], ["Second"], ["Third"]]


def test_a_split_off_conversation_that_was_merged_stays_where_it_is(world, two, parted):
    _, new = parted
    world.do(actions.merge, world.bob, new, two[1])
    with pytest.raises(ValueError, match="merged"):
        world.do(actions.undo, world.bob, Move.objects.get(kind="split"))
    assert fresh(new).merged_into_id == two[1].pk


@pytest.mark.parametrize("then", [Status.PENDING, Status.SOLVED])
def test_who_waits_for_an_answer_goes_on_waiting_after_a_merge(world, two, then):
    first, second = two
    world.do(actions.reply, world.bob, first, Body("Done"), then=then)
    move = world.do(actions.merge, world.bob, second, first)
    assert fresh(first).status == Status.OPEN and fresh(first).waiting_since is not None
    world.do(actions.undo, world.bob, move)
    assert fresh(first).status == then and fresh(first).waiting_since is None
    assert fresh(second).status == Status.OPEN and fresh(second).waiting_since is not None


def test_a_letter_that_came_after_the_merge_waits_after_its_undoing(world, two):
    first, second = two
    world.do(actions.reply, world.bob, first, Body("Done"))
    move = world.do(actions.merge, world.bob, second, first)
    world.letter("Third", thread=ThreadHint(number=first.pk))
    world.do(actions.undo, world.bob, move)
    assert fresh(first).status == Status.OPEN and fresh(first).waiting_since is not None


def test_a_letter_to_a_conversation_in_the_bin_takes_it_out(world, two):
    first, second = two
    for talk in two:
        world.do(actions.bin_conversation, world.bob, talk)
    world.letter("And now?", thread=ThreadHint(number=first.pk))
    world.letter("I am away", thread=ThreadHint(number=second.pk), is_automatic=True)
    assert fresh(first).binned_at is None and fresh(second).binned_at is not None


def test_a_message_taken_back_while_it_is_merged_goes_where_it_is(world, two):
    first, second = two
    message = world.do(actions.reply, world.bob, first, Body("Too early"), undo_seconds=10)
    stale = Message.objects.select_related("conversation").get(pk=message.pk)
    world.do(actions.merge, world.bob, first, second)
    draft = world.do(actions.unsend, world.bob, stale)
    assert (draft.text, draft.conversation_id) == ("Too early", second.pk)
    assert texts(second) == ["First", "Second"]
    assert fresh(first).binned_at is None and fresh(second).binned_at is None
