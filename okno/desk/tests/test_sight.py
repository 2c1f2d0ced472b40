"""The rule of sight says the same to one object and to the database, for anyone and anything."""

import itertools

from okno.access.actions import change_agent
from okno.access.actors import Token
from okno.access.policy import can
from okno.desk import actions
from okno.desk.models import Conversation
from okno.desk.queries import visible_to


def test_can_and_visible_to_agree_for_everyone_everywhere(world):
    places = itertools.product((None, world.support, world.sales), (None, world.bob, world.carol))
    for number, (team, assignee) in enumerate(places):
        talk = world.letter(who=("dan", "eve")[number % 2]).conversation
        Conversation.objects.filter(pk=talk.pk).update(team=team, assignee=assignee)
    everyone = [
        world.alice,
        world.bob,
        world.carol,
        world.dan,
        world.eve,
        Token(world.bob, ("read",), 1),
        Token(world.carol, ("admin",), 2),
        Token(world.bob, (), 3),
    ]
    looked = 0
    for actor in everyone:
        seen = set(visible_to(actor).values_list("pk", flat=True))
        for talk in Conversation.objects.select_related("requester"):
            assert bool(can(actor, "conversation.view", talk)) == (talk.pk in seen), (actor, talk)
            looked += 1
    print(f"n={looked} pairs of actor and conversation")
    assert looked == 8 * 9


def test_nobody_sees_after_being_switched_off(world):
    world.letter()
    assert visible_to(world.bob).exists()
    off = world.do(change_agent, world.alice, world.bob, is_active=False)
    assert not visible_to(off).exists()
    assert not visible_to(Token(off, ("admin",), 1)).exists()


def test_dan_sees_his_own_and_eve_does_not(world):
    talk = world.letter().conversation
    assert list(visible_to(world.dan)) == [talk]
    assert not visible_to(world.eve).exists()
    world.do(actions.note, world.bob, talk, "MARKER")
    assert not can(world.dan, "conversation.note", talk)
