"""Deliveries of an older version get the channel they left by, and pages only where no doubt is."""

import importlib

import pytest
from django.apps import apps
from django.db import connection

from okno.desk import actions
from okno.desk.actions.reply import write
from okno.desk.contract import Incoming, Level, Person
from okno.desk.models import Delivery, Message
from okno.portal.tests.guests import make_channel
from okno.spine import SYSTEM, unit

migration = importlib.import_module("okno.desk.migrations.0015_deliveries_by_channel")


def request(form, number):
    item = Incoming(f"form:{number}:0", Person("dan@client.example"), Level.CLAIMED, f"No {number}")
    with unit(SYSTEM, "test"):
        return actions.receive(form, item).conversation


def answered(world, talk, channel, text):
    talk.refresh_from_db()
    with unit(world.bob, "test"):
        message = write(world.bob, talk, actions.Body(text), (), None)
    return Delivery.objects.create(
        message=message, address="dan@client.example", channel=channel, state="sent"
    )


def migrate():
    with connection.cursor() as cursor:
        cursor.execute(migration._CHANNELS)
    migration._moved(apps, None)
    with connection.cursor() as cursor:
        cursor.execute(migration._MEDIA)
    migration._pages(apps, None)


def facts(delivery):
    found = Delivery.objects.get(pk=delivery.pk)
    return found.channel.kind, found.medium, found.request_id


@pytest.mark.django_db
def test_H4_what_was_sent_before_the_upgrade_is_on_its_own_page_alone(world):
    form = make_channel("form", "Velobaza", world.support)
    alone, merged, letter = request(form, 1), request(form, 2), world.letter().conversation
    on_page = answered(world, alone, world.channel, "On the page")
    by_form = answered(world, merged, world.channel, "On the page that was merged")
    by_mail = answered(world, letter, form, "By letter")
    world.do(actions.merge, world.alice, merged, letter)
    after = answered(world, letter, form, "By letter, after the merge")
    turned = request(form, 3)
    other = world.letter("Another").conversation
    early = answered(world, other, form, "By letter, merged into a request")
    world.do(actions.merge, world.alice, other, turned)
    migrate()
    first = dict(Message.objects.filter(direction="in").values_list("text", "pk"))
    assert facts(on_page) == ("form", "form", first["No 1"])
    assert facts(by_form) == ("form", "form", first["No 2"])
    for row in (by_mail, after, early):
        assert facts(row) == ("email", "letter", None)
