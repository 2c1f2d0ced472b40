"""Case and ё do not part names: in lists and where a name may stand once, on both databases."""

import pytest

from okno.access.actions import create_agent, create_team, rename_team
from okno.access.queries import names as names_of
from okno.contacts.actions import find_or_create_company
from okno.contacts.models import Company
from okno.desk import actions, catalogue, composing, queries
from okno.desk.actions.fields import create_field
from okno.desk.actions.tags import rename_tag
from okno.desk.models import SavedReply, Tag

pytestmark = pytest.mark.django_db
PAIRS = [("Гарантия", "гарантия"), ("Приём", "ПРИЕМ"), ("Straße", "STRASSE"), ("Lamp", "lAMP")]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_a_name_that_differs_by_case_only_is_taken(world, one, other):
    world.do(create_team, world.alice, one)
    with pytest.raises(ValueError, match="already"):
        world.do(create_team, world.alice, other)
    with pytest.raises(ValueError, match="already"):
        world.do(rename_team, world.alice, world.sales, other)
    world.do(create_field, world.alice, one, "text")
    with pytest.raises(ValueError, match="already"):
        world.do(create_field, world.alice, other, "text")
    talk = world.letter().conversation
    world.do(actions.add_tag, world.bob, talk, one)
    assert world.do(actions.add_tag, world.bob, talk, other).name == one
    assert Tag.objects.count() == 1
    second = world.do(actions.add_tag, world.bob, talk, "Other")
    with pytest.raises(ValueError, match="already"):
        world.do(rename_tag, world.alice, second, other)
    firm = world.do(find_or_create_company, world.bob, one)
    assert world.do(find_or_create_company, world.bob, other) == firm
    assert Company.objects.count() == 1


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_lists_find_a_name_in_any_case(world, one, other):
    SavedReply.objects.create(name=one, text="Words")
    SavedReply.objects.create(name="Words of it", text=f"In it {other}")
    for asked in (one, other, other[:4]):
        assert composing.saved_replies(world.bob, asked).count() == 2, asked
        assert composing.saved_replies(world.bob, f"{asked} words").count() >= 1, asked
    talk = world.letter().conversation
    agent = world.do(create_agent, world.alice, "z@okno.example", f"{one} Z", teams=[world.support])
    for asked in (one, other, other[:4]):
        assert composing.callable_agents(world.bob, talk, asked) == [agent]


@pytest.mark.parametrize(("one", "other"), PAIRS)
def test_a_note_calls_a_name_in_any_case(world, one, other):
    talk = world.letter().conversation
    agent = world.do(create_agent, world.alice, "z@okno.example", f"{one} Z", teams=[world.support])
    note = world.do(actions.note, world.bob, talk, f"Look, @{other} z, please")
    assert [mention.agent for mention in note.mentions.all()] == [agent]


def test_lists_of_names_have_one_order(world):
    names = ["ель", "Ёж", "Ежевика", "ёлка", "apple", "Zoo", "яма", "Bee"]
    ordered = ["apple", "Bee", "Zoo", "Ёж", "Ежевика", "ёлка", "ель", "яма"]
    talk = world.letter().conversation
    for name in names:
        world.do(actions.add_tag, world.bob, talk, name)
        world.do(create_team, world.alice, name)
    assert catalogue.known_tags(world.bob) == ordered
    assert [tag.name for tag in catalogue.tags_of(talk)] == ordered
    assert [tag.name for tag, _ in catalogue.tags_with_use(world.alice)] == ordered
    row = {"number": talk.pk}
    queries.attach_tags([row])
    assert row["tags"] == ordered
    assert [n for n in names_of(world.bob)[1].values() if n in names] == ordered
