"""Counts are kept, not counted: after any history they equal what a real count finds."""

import random
from collections import Counter
from datetime import timedelta
from importlib import import_module

from django.db import connection
from django.db.models import Q

from okno.access.actions import change_agent, create_team, delete_team
from okno.access.policy import Forbidden
from okno.contacts import actions as contacts
from okno.desk import actions, conditions, saved
from okno.desk.actions import views
from okno.desk.buckets import ALIVE, AWAKE, HERE, WAITING, bucket_of, where
from okno.desk.contract import Level, ThreadHint
from okno.desk.models import Conversation, Counted, Tally
from okno.desk.queries import visible_to
from okno.kit import clock
from okno.spine import reading


def read_all():
    while reading.read_once():
        pass


def real(agent):
    """What each filter of the agent holds, counted one by one."""
    wheres = {
        "waiting": WAITING,
        "mine": AWAKE & where(conditions.parse([_is("assignee", ["me"])]), agent),
        "unassigned": AWAKE & where(conditions.parse([_is("assignee", ["nobody"])]), agent),
        "snoozed": ALIVE & where(conditions.parse([_is("snoozed", True)]), agent),
        "open": ALIVE,
        "solved": HERE & Q(status__in=("solved", "closed")),
        "spam": Q(is_spam=True, binned_at=None),
        "bin": Q(binned_at__isnull=False),
    }
    for view in saved.views(agent):
        if view.is_counted:
            wheres[bucket_of(view.pk)] = where(conditions.parse(view.conditions), agent)
    return {key: visible_to(agent).filter(where).count() for key, where in wheres.items()}


def kept(agent):
    """The same from the tallies; views of others may be among them and are left out."""
    counts = saved.counts(agent)
    return {key: counts.get(key, 0) for key in real(agent)}


def _is(name, value, operator="is"):
    return {"name": name, "operator": operator, "value": value}


LIVE = _is("status", ["open", "pending"])


def _steps(world, dice):
    """Verbs that change where a conversation is counted, with random arguments."""
    do, act = world.do, actions
    later = clock.now() + timedelta(days=2)
    agents, teams = [None, world.bob, world.carol, world.alice], [None, world.support, world.sales]
    statuses = ("open", "pending", "solved", "closed")

    def answer(talk):
        hint = ThreadHint(number=talk.pk)
        who = talk.requester.name.lower()
        world.letter("More", who=who, thread=hint, level=Level.VERIFIED)

    def merge(talk):
        do(act.merge, world.alice, talk, dice.choice(list(Conversation.objects.order_by("pk"))))

    def undo(talk):
        do(act.undo, world.alice, dice.choice([*talk.moves_out.all(), *talk.moves_in.all()]))

    def split(talk):
        do(act.split, world.alice, talk, list(talk.messages.all())[1:])

    def untag(talk):
        do(act.remove_tag, world.alice, talk, dice.choice(list(talk.tags.all())))

    return [
        answer,
        merge,
        undo,
        split,
        untag,
        lambda talk: do(act.assign, world.alice, talk, dice.choice(agents)),
        lambda talk: do(act.move_to_team, world.alice, talk, dice.choice(teams)),
        lambda talk: do(act.set_status, world.alice, talk, dice.choice(statuses)),
        lambda talk: do(act.set_priority, world.alice, talk, dice.randrange(1, 5)),
        lambda talk: do(act.set_subject, world.alice, talk, dice.choice(("Order", "Bill"))),
        lambda talk: do(act.add_tag, world.alice, talk, dice.choice(("vip", "late"))),
        lambda talk: do(act.reply, world.alice, talk, act.Body("Hello"), then="pending"),
        lambda talk: do(act.snooze, world.alice, talk, later),
        lambda talk: do(act.wake, world.alice, talk),
        lambda talk: do(act.mark_spam, world.alice, talk),
        lambda talk: do(act.unmark_spam, world.alice, talk),
        lambda talk: do(act.bin_conversation, world.alice, talk),
        lambda talk: do(act.restore, world.alice, talk),
        lambda talk: do(act.change_fields, world.alice, talk, language=dice.choice(("ru", "en"))),
        lambda talk: do(
            contacts.change_contact, world.alice, talk.requester, company=dice.choice(_firms(world))
        ),
    ]


def _firms(world):
    found = [
        world.do(contacts.find_or_create_company, world.alice, name) for name in ("Brook", "Stone")
    ]
    return [None, *found]


def _saved_views(world):
    tag = world.do(actions.add_tag, world.alice, world.letter().conversation, "vip")
    made = {
        "vip": [LIVE, _is("tag", [tag.pk])],
        "urgent": [LIVE, _is("priority", 3, "at_least")],
        "order": [LIVE, _is("subject", "order", "contains"), _is("team", ["none"], "is_not")],
        "firm": [LIVE, _is("company", [c.pk for c in _firms(world) if c])],
        "either": [
            {"any": [_is("priority", 4), {"not": _is("tag", [tag.pk])}]},
            {"not": {"any": [_is("status", ["solved", "closed"]), _is("language", "en")]}},
        ],
    }
    return [
        world.do(views.save_view, world.alice, name, asked, is_shared=True)
        for name, asked in made.items()
    ]


def test_C08_after_random_verbs_the_tallies_are_the_real_counts_of_each_agent(world):
    dice = random.Random(11)
    shelf = _saved_views(world)
    steps, done = _steps(world, dice), Counter()
    everything = Conversation.objects.select_related("requester", "channel").order_by("pk")
    for turn in range(160):
        if turn % 4 == 0:
            world.letter(f"Letter {turn}", who=dice.choice(("dan", "eve", "bo")))
        step = dice.choice(steps)
        try:
            step(dice.choice(list(everything.all())))
            done["done"] += 1
        except (ValueError, IndexError, Forbidden):
            done["refused"] += 1
        if dice.random() < 0.3:
            reading.read_once()
        if turn == 80:
            asked = [LIVE, _is("tag", [1, 2], "is_not")]
            world.do(
                views.change_view, world.alice, shelf[0], name="x", asked=asked, sort="newest",
                icon="star", is_shared=True,
            )  # fmt: skip
            world.do(views.delete_view, world.alice, shelf[1])
    unseen = world.letter("Not for Bob", who="eve").conversation
    world.do(actions.move_to_team, world.alice, unseen, world.sales)
    read_all()
    for agent in (world.alice, world.bob, world.carol):
        assert kept(agent) == real(agent), agent
    print(f"n={dict(done)} {kept(world.bob)}")
    assert done["done"] > 80
    assert kept(world.alice)["open"] > kept(world.bob)["open"] > 0
    _rebuilt_is_the_same()


def _rows():
    tallies = Tally.objects.exclude(n=0).values_list("agent_id", "team_id", "bucket", "n")
    return sorted(tallies), sorted(Counted.objects.values_list())


def _rebuilt_is_the_same():
    before = _rows()
    reading.rebuild("desk.tallies")
    assert _rows() == before


def test_C08_a_deleted_team_leaves_its_counts_to_everybody(world):
    rest = [world.letter().conversation for _ in range(4)]
    gone = world.do(create_team, world.alice, "Night")
    for talk in rest:
        world.do(actions.move_to_team, world.alice, talk, gone)
    world.do(actions.set_status, world.alice, rest[0], "solved")
    world.do(actions.mark_spam, world.alice, rest[1])
    world.do(actions.bin_conversation, world.alice, rest[2])
    read_all()
    assert not any(kept(world.carol).values())
    world.do(delete_team, world.alice, gone)
    read_all()
    for agent in (world.alice, world.bob, world.carol):
        assert kept(agent) == real(agent), agent
    held = {"open": 1, "solved": 1, "spam": 1, "bin": 1}
    assert {key: kept(world.carol)[key] for key in held} == held
    _rebuilt_is_the_same()


def test_counts_of_an_older_version_are_filled_in(world):
    for verb in (actions.mark_spam, actions.bin_conversation):
        world.do(verb, world.alice, world.letter().conversation)
    done = world.letter().conversation
    world.do(actions.assign, world.alice, done, world.bob)
    world.do(actions.set_status, world.alice, done, "solved")
    world.letter()
    read_all()
    before = _rows()
    migration = import_module("okno.desk.migrations.0009_resting_counts").Migration
    (fill,) = migration.operations
    with connection.cursor() as cursor:
        for statement in [*fill.reverse_sql, *fill.sql]:
            cursor.execute(statement)
    assert _rows() == before
    assert kept(world.bob) == real(world.bob)


def test_C08_counts_hold_nothing_of_foreign_teams(world):
    asked = [LIVE, _is("subject", "secret", "contains")]
    world.letter("Secret words", subject="Secret")
    shared = world.do(views.save_view, world.alice, "Secrets", asked, is_shared=True)
    own = world.do(views.save_view, world.carol, "Own", asked)
    read_all()
    assert saved.counts(world.bob)[bucket_of(shared.pk)] == 1
    assert not any(saved.counts(world.carol).values())
    assert own.is_counted
    assert saved.counts(world.dan) == {}
    moved = world.do(change_agent, world.alice, world.carol, teams=[world.support])
    assert saved.counts(type(moved).objects.get(pk=moved.pk))[bucket_of(own.pk)] == 1


def test_what_is_mine_in_a_foreign_team_is_counted_for_me_alone(world):
    talk = world.letter().conversation
    Conversation.objects.filter(pk=talk.pk).update(team=world.sales)
    world.do(actions.assign, world.alice, talk, world.alice)
    Conversation.objects.filter(pk=talk.pk).update(assignee=world.bob)
    world.do(actions.set_subject, world.alice, talk, "Again")
    read_all()
    assert saved.counts(world.bob) == {"open": 1, "mine": 1, "waiting": 1}
    assert saved.counts(world.carol)["open"] == 1
    assert "mine" not in saved.counts(world.carol)


def test_a_read_event_that_changes_no_count_writes_nothing(world):
    talk = world.letter().conversation
    read_all()
    before = list(Tally.objects.order_by("pk").values_list())
    world.do(actions.set_subject, world.bob, talk, "Another")
    read_all()
    assert list(Tally.objects.order_by("pk").values_list()) == before
