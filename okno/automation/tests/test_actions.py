"""Every action by its name: what it does, and what it refuses in words."""

from datetime import timedelta

import pytest

from okno.access.policy import Forbidden
from okno.automation.contract import actions, bound
from okno.desk.models import Conversation, Field, Tag
from okno.kit import clock
from okno.spine import unit
from okno.spine.models import Event

SOON = (clock.now() + timedelta(days=1)).replace(microsecond=0)


def run(world, actor, name, value=None):
    """Do it to a new conversation, as rules will: found by name, in one unit; the conversation."""
    found = world.letter(subject="Order").conversation
    with unit(actor, "test"):
        bound(actor, name, value)(found)
    return Conversation.objects.get(pk=found.pk)


def tags(found):
    return sorted(found.tags.values_list("name", flat=True))


CASES = {
    "assign": [
        (lambda w: "me", lambda f, w: f.assignee == w.bob),
        (lambda w: w.bob.pk, lambda f, w: f.assignee == w.bob),
        (lambda w: None, lambda f, w: f.assignee is None),
    ],
    "team": [
        (lambda w: w.support.pk, lambda f, w: f.team == w.support),
        (lambda w: None, lambda f, w: f.team is None),
    ],
    "status": [(lambda w: "solved", lambda f, w: f.status == "solved")],
    "priority": [(lambda w: 4, lambda f, w: f.priority == 4)],
    "subject": [(lambda w: "New  name", lambda f, w: f.subject == "New name")],
    "tag": [(lambda w: "vip", lambda f, w: tags(f) == ["vip"])],
    "untag": [(lambda w: Tag.objects.create(name="late").pk, lambda f, w: tags(f) == [])],
    "tags": [
        (lambda w: ["b", "a"], lambda f, w: tags(f) == ["a", "b"]),
        (lambda w: [], lambda f, w: tags(f) == []),
    ],
    "fields": [(lambda w: {}, lambda f, w: f.subject == "Order")],
    "snooze": [
        (lambda w: SOON, lambda f, w: f.snoozed_until == SOON),
        (lambda w: SOON.isoformat(), lambda f, w: f.snoozed_until == SOON),
        (lambda w: None, lambda f, w: f.snoozed_until is None),
    ],
    "due": [
        (lambda w: SOON.isoformat(), lambda f, w: f.due_at == SOON),
        (lambda w: None, lambda f, w: f.due_at is None),
    ],
    "spam": [
        (lambda w: None, lambda f, w: f.is_spam),
        (lambda w: False, lambda f, w: not f.is_spam),
    ],
    "bin": [
        (lambda w: True, lambda f, w: f.binned_at is not None),
        (lambda w: False, lambda f, w: f.binned_at is None),
    ],
    "apart": [(lambda w: None, lambda f, w: f.suggested_id is None)],
}


@pytest.mark.parametrize("name", actions.names())
def test_it_does_what_its_name_says(world, name):
    assert CASES[name], "say what the new action does"
    for value, fits in CASES[name]:
        assert fits(run(world, world.bob, name, value(world)), world), (name, value(world))


@pytest.mark.parametrize(
    "name, value, says",
    [
        ("explode", None, "known: apart, assign"),
        (["assign"], None, "known: apart, assign"),
        ("assign", 999_999, "no such agent"),
        ("assign", "²", "is no id"),
        ("assign", True, "is no id"),
        ("assign", 2**63, "is no id"),
        ("team", 999_999, "no such team"),
        ("status", "asleep", "unknown status"),
        ("status", ["open"], "unknown status"),
        ("priority", 9, "1 \\(low\\)"),
        ("priority", "x", "1 \\(low\\)"),
        ("subject", 7, "as text"),
        ("tag", " ", "needs a word"),
        ("tag", None, "as text"),
        ("untag", 999_999, "no such tag"),
        ("tags", "vip", "list of at most 50 words"),
        ("tags", None, "list of at most 50 words"),
        ("tags", ["vip"] * 51, "list of at most 50 words"),
        ("tags", ["a" * 1_001], "at most 1,000"),
        ("tag", "a" * 1_001, "at most 1,000"),
        ("fields", ["a"], "values by the keys"),
        ("fields", {str(n): 1 for n in range(101)}, "at most 100 values"),
        ("fields", {"none such": 1}, "none such"),
        ("snooze", "tomorrow", "with its offset"),
        ("snooze", "2099-01-01", "with its offset"),
        ("snooze", "2020-01-01T00:00:00+00:00", "still to come"),
        ("due", 7, "with its offset"),
    ],
)
def test_what_does_not_fit_is_refused_in_words(world, name, value, says):
    with pytest.raises(ValueError, match=says):
        run(world, world.bob, name, value)


def test_an_action_may_no_more_than_who_does_it(world):
    found = world.letter().conversation
    for name in actions.names():
        value = CASES[name][0][0](world)
        with unit(world.dan, "test"), pytest.raises((Forbidden, ValueError)):
            bound(world.dan, name, value)(found)
    assert not Event.objects.filter(actor_type="contact", actor_id=world.dan.pk).exists()


def test_each_event_of_an_action_names_its_actor(world):
    found = run(world, world.bob, "tags", ["vip"])
    last = Event.objects.filter(subject_type="conversation", subject_id=found.pk).last()
    assert (last.actor_type, last.actor_id) == ("agent", world.bob.pk)


@pytest.mark.parametrize("value", [float("inf"), float("-inf"), float("nan"), 10**400, 1e16, True])
def test_a_field_of_numbers_holds_what_both_databases_do(world, value):
    Field.objects.create(key="size", label="Size", type=Field.Type.NUMBER)
    with pytest.raises(ValueError, match="does not fit a number"):
        run(world, world.bob, "fields", {"size": value})
    assert run(world, world.bob, "fields", {"size": -1e15}).fields == {"size": -1e15}
