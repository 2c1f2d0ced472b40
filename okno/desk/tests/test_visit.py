"""Where a visitor was and what our own fields hold stay apart, whatever a field is called."""

import importlib
from uuid import uuid4

import pytest
from django.apps import apps
from django.db import connection

from okno.api.tests.conftest import Program, make_token
from okno.desk import actions, catalogue
from okno.desk.actions.fields import create_field
from okno.desk.contract import Incoming, Level, Person, ThreadHint
from okno.desk.models import Conversation, Field
from okno.spine import SYSTEM, unit

pytestmark = pytest.mark.django_db
migration = importlib.import_module("okno.desk.migrations.0018_visit")
SHOP = {"page": "https://shop.example/cart", "browser": "Firefox 130, Windows", "path": ["a", "ё"]}


def chat(world, visit):
    dan, thread = Person("dan@client.example"), ThreadHint(key="chat")
    item = Incoming(uuid4().hex, dan, Level.CLAIMED, "Hello", thread=thread, visit=visit)
    with unit(SYSTEM, "test"):
        return actions.receive(world.channel, item).conversation


@pytest.mark.parametrize("label", ["Visit", "visit", "Fields", "Language", "Version"])
def test_a_field_of_any_name_holds_what_people_gave_it_alone(world, label):
    field = world.do(create_field, world.alice, label, "text")
    talk = chat(world, SHOP)
    assert catalogue.values(world.bob, talk) == [(field, None)]
    world.do(actions.change_fields, world.bob, talk, {field.key: "in spring"})
    assert chat(world, {**SHOP, "page": "https://shop.example/pay"}).pk == talk.pk
    found = Conversation.objects.get(pk=talk.pk)
    assert catalogue.values(world.bob, found) == [(field, "in spring")]
    assert found.visit == {**SHOP, "page": "https://shop.example/pay"}


def test_programs_get_the_visit_under_both_of_its_names(world):
    program = Program(make_token(world.bob))
    talk, plain = chat(world, SHOP), world.letter("A letter").conversation
    shown = program("GET", f"/conversations/{talk.pk}")[1]
    assert shown["visit"] == shown["fields"]["visit"] == SHOP
    shown = program("GET", f"/conversations/{plain.pk}")[1]
    assert (shown["visit"], shown["fields"]) == (None, {})


def test_a_field_of_an_older_version_that_has_the_key_keeps_its_value(world):
    field = Field.objects.create(key="visit", label="Visit", type="text")
    talk = chat(world, SHOP)
    world.do(actions.change_fields, world.bob, talk, {"visit": "in spring"})
    talk.refresh_from_db()
    assert catalogue.values(world.bob, talk) == [(field, "in spring")]
    shown = Program(make_token(world.bob))("GET", f"/conversations/{talk.pk}")[1]
    assert (shown["fields"], shown["visit"]) == ({"visit": "in spring"}, SHOP)


def test_the_upgrade_takes_visits_out_and_leaves_what_people_wrote(world):
    before = [
        ({"visit": SHOP, "order": 7}, {"order": 7}, SHOP),
        ({"visit": {"page": 'a\\"ё\ufffd'}}, {}, {"page": 'a\\"ё\ufffd'}),
        ({"visit": "in spring"}, {"visit": "in spring"}, None),
        ({"visit": 3}, {"visit": 3}, None),
        ({"visit": True}, {"visit": True}, None),
        ({"visit": None}, {"visit": None}, None),
        ({"order": {"visit": 1}}, {"order": {"visit": 1}}, None),
        ({}, {}, None),
    ]
    talks = [world.letter(f"No {n}").conversation_id for n in range(len(before))]
    for number, (fields, _, _) in zip(talks, before, strict=True):
        Conversation.objects.filter(pk=number).update(fields=fields, visit=None)
    for _ in range(2):  # a second time changes nothing
        migration._moved(apps, connection.schema_editor())
        found = dict(Conversation.objects.values_list("pk", "fields"))
        visits = dict(Conversation.objects.values_list("pk", "visit"))
        for number, (_, fields, visit) in zip(talks, before, strict=True):
            assert (found[number], visits[number]) == (fields, visit)
