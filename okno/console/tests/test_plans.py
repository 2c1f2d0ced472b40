"""Lists are walked along an index in their order, however large the desk: as SQLite plans it."""

from functools import partial

import pytest
from django.db import connection
from django.db.models import Q
from django.test.utils import CaptureQueriesContext

from okno.console.filters import FILTERS
from okno.desk import correspondence, queries
from okno.desk.ringing import ringing
from okno.desk.sorting import SORTS

pytestmark = pytest.mark.skipif(
    "connection.vendor != 'sqlite'", reason="about SQLite's planner; PostgreSQL counts for itself"
)
SORTED, GATHERED = "USE TEMP B-TREE FOR ORDER BY", "MULTI-INDEX OR"


def plans(ask) -> list[list[str]]:
    """How SQLite finds the conversations that `ask` asks for: the steps of each statement."""
    with CaptureQueriesContext(connection) as asked:
        ask()
    found = []
    for one in asked.captured_queries:
        if "desk_conversation" in one["sql"] and "LIMIT" in one["sql"]:
            with connection.cursor() as cursor:
                cursor.execute(f"EXPLAIN QUERY PLAN {one['sql'].replace('%', '%%')}")
                found.append([row[3] for row in cursor.fetchall()])
    assert found
    return found


def entered(plan: list[str]) -> str:
    """The index by which the conversations are found."""
    return next(step for step in plan if " desk_conversation " in step).split(" INDEX ")[-1]


def test_the_lists_everybody_has_are_neither_sorted_nor_gathered_first(world):
    for found in FILTERS:
        for agent in (world.alice, world.bob):
            for plan in plans(partial(queries.listing, agent, found.where(agent), sort=found.sort)):
                assert entered(plan).startswith("conv_"), (found.key, plan)
                assert SORTED not in plan and GATHERED not in plan, (found.key, plan)


def test_a_list_in_another_order_is_walked_in_it_or_is_one_of_what_is_live(world):
    of_few = ("conv_live", "conv_by_status (status=?)")
    newest = next(found for found in FILTERS if found.key == "open").where(world.bob)
    for name in SORTS:
        for plan in plans(partial(queries.listing, world.bob, newest, sort=name)):
            assert SORTED not in plan or entered(plan) in of_few, (name, plan)


@pytest.mark.parametrize(
    "asked", [Q(status="solved"), Q(assignee=None), Q(assignee=3), Q(team=None), Q(channel=1), Q()]
)
def test_a_list_of_one_thing_asked_for_is_walked_in_order(world, asked):
    for plan in plans(partial(queries.listing, world.alice, asked)):
        assert entered(plan).startswith("conv_by_") and SORTED not in plan, plan


def test_what_rings_and_what_was_earlier_is_found_by_an_index_of_few(world):
    talk = world.letter().conversation
    assert [entered(plan) for plan in plans(partial(ringing, world.bob))] == ["conv_ringing"]
    (plan,) = plans(partial(queries.earlier, world.bob, talk))
    assert "requester_id" in entered(plan)


def test_sqlite_was_told_the_size_of_each_index_of_the_conversations(db):
    with connection.cursor() as cursor:
        cursor.execute("SELECT idx FROM sqlite_stat1 WHERE tbl = 'desk_conversation'")
        told = {name for (name,) in cursor.fetchall()}
        cursor.execute(
            "SELECT name FROM sqlite_master WHERE type = 'index' AND tbl_name = 'desk_conversation'"
        )
        assert told == {name for (name,) in cursor.fetchall()}, "its migration adds to sqlite_stat1"


def test_what_a_visitor_can_read_is_found_without_reading_all_messages(world):
    letter = world.letter()
    with CaptureQueriesContext(connection) as asked:
        correspondence.newest(letter.identity)
    for one in asked.captured_queries:
        with connection.cursor() as cursor:
            cursor.execute(f"EXPLAIN QUERY PLAN {one['sql']}")
            steps = [row[3] for row in cursor.fetchall()]
        assert not any(step.startswith("SCAN desk_") or "aside" in step for step in steps), steps
