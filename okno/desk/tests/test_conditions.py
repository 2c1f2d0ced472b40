"""Each condition says the same to the database and to one row, and takes nothing else."""

import random

import pytest

from okno.desk import conditions
from okno.desk.models import Conversation, Tag
from okno.desk.tests.conversations import some_conversations, some_value
from okno.kit import clock


def test_where_and_holds_agree_onsome_conversations(world):
    dice = random.Random(7)
    values = some_conversations(world, dice)
    rows = conditions.rows(Conversation.objects.all())
    looked = found = 0
    for condition in conditions.registry:
        for operator in condition.operators:
            for _ in range(6):
                value = some_value(dice, condition, operator, values)
                # A clock that stands: "within" would else be asked twice at two instants.
                with clock.held_at(clock.now()):
                    where = condition.where(operator, value, world.bob)
                    fit = set(
                        Conversation.objects.filter(where).values_list("pk", flat=True).distinct()
                    )
                    try:
                        held = {
                            row["number"]
                            for row in rows
                            if condition.holds(operator, value, row, world.bob)
                        }
                    except conditions.NotSteady:
                        assert condition.name == "unread"
                        continue
                assert fit == held, (condition.name, operator, value)
                looked += len(rows)
                found += len(fit)
    print(f"n={looked} answers compared, {found} of them yes")
    assert looked > 5000
    assert 0.1 < found / looked < 0.9


def test_what_depends_on_the_viewer_or_the_clock_says_so(world):
    def steady(name, *rest):
        return conditions.get(name).is_steady(*rest)

    assert steady("assignee", "is", "nobody")
    assert not steady("assignee", "is", ["me", "nobody"])
    assert steady("created", "before", "2026-11-01")
    assert not steady("created", "within", 3)
    assert not steady("unread", "is", True)
    row = {"assignee_id": 1}
    with pytest.raises(conditions.NotSteady):
        conditions.get("assignee").holds("is", "me", row)


def test_typed_words_become_values(world):
    def parse(name, text, operator="is"):
        return conditions.get(name).parse(operator, text, world.bob)

    assert parse("team", "support") == [world.support.pk]
    assert parse("assignee", "CAROL") == [world.carol.pk]
    assert parse("assignee", "me") == ["me"]
    assert parse("status", "open") == ["open"]
    assert parse("priority", "high", "at_least") == 3
    Tag.objects.create(name="Счёт")
    assert parse("tag", "счёт")
    assert parse("waiting", "yes") is True
    with pytest.raises(conditions.BadCondition, match="no team is called 'Nobody'"):
        parse("team", "Nobody")


HOSTILE = [
    None, True, -1, 0, 2**63, 1.5, "", " ", "1; DROP TABLE desk_tag", "status__in", "pk",
    {"a": 1}, [], [[]], [None], ["open", {"$ne": 1}], ["x"] * 1000, b"open", object(), "a" * 5000,
    "\x00", "2026-13-01", "9999-12-31T23:59:59+23:59", "0001-01-01T00:00:00-14:00", "²", "١",
]  # fmt: skip


@pytest.mark.parametrize("name", [*conditions.registry.names()])
def test_C11_nothing_but_the_allow_list_gets_to_the_database(world, name):
    world.letter()
    condition = conditions.get(name)
    refused = 0
    for operator in (*condition.operators, "in", "regex", "__gt", "", None, 1):
        for value in HOSTILE:
            try:
                where = condition.where(operator, value, world.bob)
            except conditions.BadCondition as error:
                assert str(error)
                refused += 1
            else:
                # What was taken is an ordinary value: the database answers.
                assert operator in condition.operators
                list(Conversation.objects.filter(where))
    assert refused > 100


@pytest.mark.parametrize("name", ["", "pk", "status__in", "requester__user__password", None, 7, []])
def test_C11_unknown_conditions_are_refused_by_name(name):
    with pytest.raises(conditions.BadCondition, match="known: assignee"):
        conditions.get(name)
