"""Saved filters by the API: whose they are, and their counts."""

from okno.desk.actions import save_view
from okno.spine import reading

OPEN = [{"name": "status", "operator": "is", "value": ["open"]}]


def test_C08_a_token_gets_its_agents_filters_and_counts_of_what_they_see(world, bob, carol):
    world.letter()
    world.do(save_view, world.bob, "Own", OPEN)
    mine = [*OPEN, {"name": "assignee", "operator": "is", "value": ["me"]}]
    world.do(save_view, world.alice, "Shared", OPEN, is_shared=True)
    world.do(save_view, world.alice, "Shared mine", mine, is_shared=True)
    while reading.read_once():
        pass
    seen = {
        name: {row["name"]: row["count"] for row in program("GET", "/views")[1]["items"]}
        for name, program in (("bob", bob), ("carol", carol))
    }
    assert seen["bob"] == {"Own": 1, "Shared": 1, "Shared mine": None}
    assert seen["carol"] == {"Shared": 0, "Shared mine": None}
