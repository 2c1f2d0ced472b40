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
