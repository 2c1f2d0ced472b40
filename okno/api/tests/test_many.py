"""One action for many conversations by the API."""

import pytest

from okno.desk import actions
from okno.desk.models import Conversation

KEY = {"Idempotency_Key": "many-1"}


def numbers(world, count):
    return [world.letter(f"Letter {n}").conversation_id for n in range(count)]


def priorities():
    return dict(Conversation.objects.order_by("pk").values_list("pk", "priority"))


def test_each_is_done_or_left_out_for_itself(world, bob):
    one, two, closed, foreign = numbers(world, 4)
    world.do(actions.set_status, world.alice, Conversation.objects.get(pk=closed), "closed")
    world.do(actions.move_to_team, world.alice, Conversation.objects.get(pk=foreign), world.sales)
    asked = {"numbers": [two, one, two, closed, foreign, 10**15], "action": "status"}
    status, answer = bob("POST", "/actions", asked | {"value": "solved"})
    assert (status, answer["done"]) == (200, [two, one])
    assert [row["number"] for row in answer["left"]] == [closed, foreign, 10**15]
    # Nobody learns from a reason that there is one of another team.
    assert answer["left"][1]["reason"] == answer["left"][2]["reason"]
    found = dict(Conversation.objects.values_list("pk", "status"))
    assert (found[one], found[closed], found[foreign]) == ("solved", "closed", "open")


def test_the_same_key_does_it_once(world, bob):
    given = numbers(world, 2)
    asked = {"numbers": given, "action": "priority", "value": 4}
    first = bob("POST", "/actions", asked, **KEY)
    for number in given:
        world.do(actions.set_priority, world.bob, Conversation.objects.get(pk=number), 1)
    assert bob("POST", "/actions", asked, **KEY) == first
    assert set(priorities().values()) == {1}


@pytest.mark.parametrize(
    "asked, says",
    [
        ({"action": "explode"}, "known: apart"),
        ({"action": "assign", "value": 999_999}, "no such agent"),
        ({"action": "tag", "value": {"a": 1}}, "as text"),
        ({"action": "status", "value": {"a": [1]}}, "unknown status"),
        ({"numbers": []}, ""),
        ({"numbers": list(range(1, 52))}, ""),
        ({"numbers": ["²"]}, ""),
        ({"numbers": [2**63]}, ""),
    ],
)
def test_what_does_not_fit_is_refused_in_words(world, bob, asked, says):
    given = {"numbers": numbers(world, 1), "action": "tag"} | asked
    status, answer = bob("POST", "/actions", given)
    is_told = status == 200 and says in str(answer["left"]) and not answer["done"]
    assert is_told or (status == 422 and says in str(answer)), (status, answer)
    assert set(priorities().values()) == {2}


def test_another_team_changes_nothing(world, programs):
    given = numbers(world, 1)
    asked = {"numbers": given, "action": "priority", "value": 4}
    assert programs["carol"]("POST", "/actions", asked)[1]["done"] == []
