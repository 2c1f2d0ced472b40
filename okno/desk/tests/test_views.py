"""Saved views: whose they are, who may share, and what they may hold."""

import pytest

from okno.access.actions import change_agent
from okno.access.policy import Forbidden, NotVisible
from okno.desk import conditions, saved
from okno.desk.actions import views

OPEN = [{"name": "status", "operator": "is", "value": ["open"]}]


def names(agent):
    return [view.name for view in saved.views(agent)]


def test_own_views_are_for_oneself_and_shared_ones_for_their_team(world):
    world.do(views.save_view, world.bob, "Bob's", OPEN)
    world.do(views.save_view, world.alice, "All", OPEN, is_shared=True)
    world.do(views.save_view, world.alice, "Sales only", OPEN, is_shared=True, team=world.sales)
    assert names(world.bob) == ["All", "Bob's"]
    assert names(world.carol) == ["All", "Sales only"]
    assert names(world.alice) == ["All", "Sales only"]
    assert not saved.views(world.dan).exists()


def test_only_supervisors_share_and_a_light_agent_has_views_of_their_own(world):
    with pytest.raises(Forbidden, match="role"):
        world.do(views.save_view, world.bob, "For all", OPEN, is_shared=True)
    light = world.do(change_agent, world.alice, world.carol, role="light")
    own = world.do(views.save_view, light, "Own", OPEN)
    assert names(light) == ["Own"]
    with pytest.raises(Forbidden):
        world.do(views.delete_view, world.bob, own)
    shared = world.do(views.save_view, world.alice, "All", OPEN, is_shared=True)
    for verb in (views.delete_view, views.restore_view):
        with pytest.raises(Forbidden):
            world.do(verb, world.bob, shared)


def test_a_deleted_view_comes_back(world):
    view = world.do(views.save_view, world.bob, "Own", OPEN)
    world.do(views.delete_view, world.bob, view)
    assert names(world.bob) == []
    with pytest.raises(NotVisible):
        saved.removed_view(world.carol, view.pk)
    world.do(views.restore_view, world.bob, saved.removed_view(world.bob, view.pk))
    assert names(world.bob) == ["Own"]


def test_a_view_is_changed_as_a_whole(world):
    view = world.do(views.save_view, world.bob, "Own", OPEN)
    asked = [{"name": "tag", "operator": "is_not", "value": [3]}]
    fields = {"name": "Other", "asked": asked, "sort": "oldest", "icon": "star"}
    found = world.do(views.change_view, world.bob, view, is_shared=False, **fields)
    assert (found.name, found.conditions, found.is_counted) == ("Other", asked, False)
    with pytest.raises(Forbidden):
        world.do(views.change_view, world.bob, view, is_shared=True, **fields)


@pytest.mark.parametrize(
    "bad",
    [
        {"name": " "},
        {"sort": "subject"},
        {"sort": "-number; DROP TABLE"},
        {"icon": "../x"},
        {"asked": []},
        {"asked": OPEN * 13},
        {"asked": [{"name": "status", "operator": "is"}]},
        {"asked": [{"name": "pk", "operator": "is", "value": 1}]},
        {"asked": [{"name": "status", "operator": "in", "value": "open"}]},
        {"asked": [{"name": "status", "operator": "is", "value": {"a": 1}}]},
        {"asked": [{"name": "created", "operator": "before", "value": "yesterday"}]},
    ],
)
def test_C11_a_view_holds_only_what_is_on_the_list(world, bad):
    given = {"name": "Own", "asked": OPEN, **bad}
    with pytest.raises(ValueError, match=r"\w"):
        world.do(views.save_view, world.bob, given.pop("name"), given.pop("asked"), **given)
    assert names(world.bob) == []


@pytest.mark.parametrize(
    ("asked", "is_counted"),
    [
        ([("status", "is", ["open"])], True),
        ([("status", "is_not", ["solved", "closed"]), ("team", "is", ["none"])], True),
        ([("status", "is_not", ["solved"])], False),
        ([("tag", "is", [1])], False),
        ([("status", "is", ["open"]), ("assignee", "is", ["me"])], False),
        ([("status", "is", ["open"]), ("created", "within", 3)], False),
        ([("status", "is", ["open"]), ("created", "after", "2026-01-01")], True),
        ([("status", "is", ["open"]), ("unread", "is", True)], False),
    ],
)
def test_a_count_is_kept_where_one_row_alone_tells(world, asked, is_counted):
    named = [dict(zip(("name", "operator", "value"), one, strict=True)) for one in asked]
    assert world.do(views.save_view, world.bob, "Own", named).is_counted is is_counted


def test_a_broken_stored_condition_is_an_error_not_a_wide_filter(world):
    view = world.do(views.save_view, world.bob, "Own", OPEN)
    with pytest.raises(conditions.BadCondition):
        conditions.get("status").where("is", "gone", world.bob)
    assert view.conditions == OPEN
