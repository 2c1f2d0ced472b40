"""The console's stream, as its ASGI application: what passes is heard only by who may see it."""

from okno.access.actions import change_agent
from okno.console.tests.listening import house, listened, session_of
from okno.desk import looking
from okno.desk import typing as keys

__all__ = ["house"]


def test_C07_only_who_looks_and_may_see_hears_what_passes(live_world, house):
    world = live_world
    talk = world.letter().conversation
    other = world.letter(who="eve").conversation
    looking.looks(talk.pk, world.bob, "tab")

    def types(conversation, text):
        return lambda: keys.types(conversation.pk, keys.CLIENT, "Dan", text)

    def hide():
        talk.team = world.sales
        talk.save()

    there, elsewhere, hidden, foreign = listened(
        house,
        session_of(world.bob),
        types(talk, "SECRET"),
        types(other, "SECRET"),
        hide,
        types(talk, "SECRET again"),
    )
    assert there == [{"conversation": talk.pk, "parts": ["here"]}]
    assert elsewhere == hidden == foreign == []


def test_C07_a_line_on_the_board_opens_nothing_for_who_must_not_see(live_world, house):
    """Carol's tab is on the board, as if her page had been there before the team changed."""
    world = live_world
    talk = world.letter().conversation
    looking.looks(talk.pk, world.carol, "tab")
    key = session_of(world.carol)
    [said] = listened(house, key, lambda: keys.types(talk.pk, keys.CLIENT, "Dan", "SECRET"))
    assert said == []


def test_C07_who_is_switched_off_hears_nothing_more(live_world, house):
    world = live_world
    talk = world.letter().conversation
    looking.looks(talk.pk, world.bob, "tab")
    key = session_of(world.bob)
    off, after = listened(
        house,
        key,
        lambda: world.do(change_agent, world.alice, world.bob, is_active=False),
        lambda: keys.types(talk.pk, keys.CLIENT, "Dan", "SECRET"),
    )
    assert [line for line in [*off, *after] if "here" in line["parts"]] == []
