"""Merge and split, with undo; nobody's circle of readers grows by them."""

import pytest

from okno.access.policy import Forbidden
from okno.desk import actions
from okno.desk.contract import Person, ThreadHint
from okno.desk.models import Conversation, Message, Move, Participant, Status


def texts(conversation):
    found = Message.objects.filter(conversation=conversation).order_by("pk")
    return list(found.values_list("text", flat=True))


@pytest.fixture
def two(world):
    return world.letter("First").conversation, world.letter("Second").conversation


def test_merge_moves_everything_and_later_letters_follow(world, two):
    first, second = two
    world.do(actions.note, world.bob, second, "known client")
    world.do(actions.merge, world.bob, second, first)
    assert texts(first) == ["First", "Second"]
    assert first.notes.count() == 1
    later = world.letter("Third", thread=ThreadHint(number=second.pk))
    assert later.conversation_id == first.pk


def test_merge_can_be_undone_once(world, two):
    first, second = two
    move = world.do(actions.merge, world.bob, second, first)
    world.letter("Third", thread=ThreadHint(number=first.pk))
    world.do(actions.undo, world.bob, move)
    assert (texts(first), texts(second)) == (["First", "Third"], ["Second"])
    back = Conversation.objects.get(pk=second.pk)
    assert (back.merged_into_id, back.status) == (None, Status.OPEN)
    assert back.waiting_since is not None
    with pytest.raises(ValueError, match="already"):
        world.do(actions.undo, world.bob, Move.objects.get())


def test_merge_does_not_widen_the_circle(world, two):
    first, second = two
    world.do(actions.add_participant, world.bob, second, Person("col@client.example"))
    world.do(actions.merge, world.bob, second, first)
    assert not Participant.objects.filter(conversation=first).exists()


def test_split_takes_chosen_messages_and_can_be_undone(world, two):
    first, _ = two
    other = world.letter("About the invoice", thread=ThreadHint(number=first.pk))
    new = world.do(actions.split, world.bob, first, [other], subject="Invoice")
    assert (texts(first), texts(new)) == (["First"], ["About the invoice"])
    assert new.requester == first.requester
    world.do(actions.undo, world.bob, Move.objects.get())
    assert texts(first) == ["First", "About the invoice"]


def test_what_cannot_be_merged_or_split(world, two):
    first, second = two
    with pytest.raises(ValueError, match="itself"):
        world.do(actions.merge, world.bob, first, first)
    with pytest.raises(ValueError, match="must stay"):
        world.do(actions.split, world.bob, first, list(first.messages.all()))
    with pytest.raises(ValueError, match="of this conversation"):
        world.do(actions.split, world.bob, first, list(second.messages.all()))
    world.do(actions.move_to_team, world.alice, second, world.sales)
    second.refresh_from_db()
    with pytest.raises(Forbidden):
        world.do(actions.merge, world.bob, second, first)
