"""The quick reads give what the ORM gives."""

import pytest

from okno.access.models import Agent
from okno.contacts.models import Contact, Identity
from okno.desk.models import Channel, Conversation, Message
from okno.spine import rows


def same(quick, slow) -> bool:
    fields = [field.attname for field in slow._meta.concrete_fields]
    return all(getattr(quick, name) == getattr(slow, name) for name in fields)


@pytest.fixture
def there(world):
    world.letter()
    return world


@pytest.mark.parametrize("model", [Agent, Channel, Contact, Conversation, Identity, Message])
def test_each_column_is_read_alike(there, model):
    slow = list(model._base_manager.order_by("pk"))
    quick = [rows.one(model, **{model._meta.pk.attname: row.pk}) for row in slow]
    assert slow and all(map(same, quick, slow))


def test_related_objects_come_along(there, django_assert_num_queries):
    slow = Conversation.objects.select_related("requester", "assignee").first()
    with django_assert_num_queries(1):
        quick = rows.one(Conversation, ("requester", "assignee"), number=slow.pk)
        assert same(quick.requester, slow.requester)
        assert (quick.assignee, slow.assignee) == (None, None)


def test_nothing_is_asked_for_as_null(there):
    assert len(rows.read(Conversation, assignee_id=None)) == Conversation.objects.count()
    assert rows.one(Conversation, number=10**9) is None


def test_one_of_several_and_greater(there):
    pks = list(Message.objects.order_by("pk").values_list("pk", flat=True))
    assert [row.pk for row in rows.read(Message, id__in=pks)] == pks
    assert [row.pk for row in rows.read(Message, id__gt=pks[0])] == pks[1:]
    assert rows.read(Message, id__in=[]) == []


def test_columns_are_read_alike(there):
    asked = ("number", "subject", "last_message_at", "fields", "requester.name", "assignee.name")
    slow = Conversation.objects.order_by("pk").values_list(*(n.replace(".", "__") for n in asked))
    assert rows.flat(Conversation, asked) == list(slow)
    assert rows.flat(Conversation, asked, limit=1) == list(slow[:1])
