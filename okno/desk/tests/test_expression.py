"""Conditions joined by all, any and not say the same to the database and to one row."""

import random

import pytest

from okno.desk import conditions
from okno.desk.buckets import ALIVE, HERE, can_be_counted, where
from okno.desk.conditions.expression import DEEPEST, MOST_CONDITIONS
from okno.desk.models import Conversation, Status
from okno.desk.tests.conversations import some_conversations, some_value
from okno.kit import clock

OPEN = {"name": "status", "operator": "is", "value": ["open"]}
SOLVED = {"name": "status", "operator": "is", "value": ["solved"]}
VIP = {"name": "subject", "operator": "contains", "value": "vip"}


def _random(dice, values, depth=0):
    if depth == DEEPEST or dice.random() < 0.3:
        condition = dice.choice([one for one in conditions.registry if one.name != "unread"])
        operator = dice.choice(condition.operators)
        value = some_value(dice, condition, operator, values)
        return {"name": condition.name, "operator": operator, "value": value}
    if dice.random() < 0.3:
        return {"not": _random(dice, values, depth + 1)}
    join = dice.choice(("all", "any"))
    return {join: [_random(dice, values, depth + 1) for _ in range(dice.randrange(1, 4))]}


def test_where_and_test_agree_on_random_expressions(world):
    dice = random.Random(11)
    values = some_conversations(world, dice)
    rows = conditions.rows(Conversation.objects.all())
    looked = fitting = asked = 0
    while asked < 300:
        given = _random(dice, values)
        try:
            expression = conditions.parse(given)
        except conditions.BadCondition:
            assert str(given).count("'operator'") > MOST_CONDITIONS
            continue
        asked += 1
        assert conditions.parse(expression.stored()) == expression
        assert conditions.parse(conditions.listed(expression)).test(world.bob)(rows[0]) == (
            expression.test(world.bob)(rows[0])
        )
        with clock.held_at(clock.now()):
            found = Conversation.objects.filter(expression.where(world.bob))
            fit = list(found.order_by("pk").values_list("pk", flat=True))
            test = expression.test(world.bob)
            assert fit == sorted(row["number"] for row in rows if test(row)), given
        looked, fitting = looked + len(rows), fitting + len(fit)
    print(f"n={looked} answers compared, {fitting} of them yes")
    assert 0.1 < fitting / looked < 0.9


def test_what_can_be_counted_holds_open_and_pending_ones_only(world):
    """Whatever the nesting: what is counted never names a conversation that rests."""
    dice = random.Random(12)
    values = some_conversations(world, dice)
    resting = Conversation.objects.filter(status__in=(Status.SOLVED, Status.CLOSED))
    assert resting.exists()
    counted = 0
    for _ in range(600):
        given = {"all": [_random(dice, values, 3), _random(dice, values, 3)]}
        if dice.random() < 0.5:
            given["all"].append({"not": SOLVED | {"value": ["solved", "closed"]}})
        expression = conditions.parse(given)
        if can_be_counted(expression):
            counted += 1
            assert not resting.filter(expression.where()).exists(), given
    print(f"n={counted} of 600 can be counted")
    assert counted > 50


@pytest.mark.parametrize(
    "given, is_counted",
    [
        ([OPEN], True),
        ([{"any": [OPEN, VIP]}], False),
        ([{"any": [OPEN, {"all": [VIP, OPEN]}]}], True),
        ([{"not": {"any": [SOLVED, VIP]}}], False),
        ([{"not": {"any": [SOLVED, SOLVED | {"value": ["closed"]}]}}], True),
        ([{"not": {"not": OPEN}}], True),
        ([{"not": {"all": [SOLVED, VIP]}}], False),
        ([OPEN, {"not": {"name": "assignee", "operator": "is", "value": ["me"]}}], False),
    ],
)
def test_the_log_counts_what_one_row_tells(given, is_counted):
    assert can_be_counted(conditions.parse(given)) is is_counted


def test_spam_and_the_bin_never_belong_to_a_view(world):
    for given, base in (([OPEN], ALIVE), ([{"any": [OPEN, VIP]}], HERE)):
        expression = conditions.parse(given)
        assert where(expression, None) == base & expression.where()


@pytest.mark.parametrize(
    "given, says",
    [
        (None, "has name, operator and value"),
        ([], "1 to 12 conditions"),
        ({}, "has name, operator and value"),
        ("open", "has name, operator and value"),
        ({"all": []}, "1 to 12 conditions"),
        ({"any": OPEN}, "has name, operator and value"),
        ({"not": [OPEN]}, "has name, operator and value"),
        ({"all": [OPEN], "any": [OPEN]}, "has name, operator and value"),
        (OPEN | {"more": 1}, "has name, operator and value"),
        ({"xor": [OPEN]}, "has name, operator and value"),
        ([OPEN] * 13, "1 to 12 conditions"),
        ([{"any": [OPEN] * 7}, {"any": [OPEN] * 7}], "1 to 12 conditions"),
        ([[[OPEN]]], "has name, operator and value"),
        ({"not": {"not": {"not": {"not": {"not": OPEN}}}}}, "nested 4 deep"),
        ([{"name": "pk", "operator": "is", "value": 1}], "known: assignee"),
        ([{"name": ["status"], "operator": "is", "value": 1}], "known: assignee"),
    ],
)
def test_C11_nothing_but_expressions_is_read(given, says):
    with pytest.raises(conditions.BadCondition, match=says):
        conditions.parse(given)


def test_C11_a_deep_one_ends_before_the_stack_does():
    given = OPEN
    for _ in range(100_000):
        given = {"not": given}
    with pytest.raises(conditions.BadCondition, match="nested"):
        conditions.parse(given)
