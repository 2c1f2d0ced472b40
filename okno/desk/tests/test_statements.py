"""Statements made once find what the ORM finds, whatever is put in."""

from dataclasses import dataclass

import pytest
from django.db.models import Q

from okno.access.models import Team
from okno.desk import queries, threads
from okno.desk.models import Attachment, Conversation, Message
from okno.kit import clock
from okno.spine import statements


def subjects(*numbers):
    return Conversation.objects.filter(pk__in=numbers).order_by("pk").values("number", "subject")


def whole(number):
    return Conversation.objects.filter(pk=number)


@dataclass(frozen=True)
class Fitting:
    where: Q

    def __call__(self):
        return Conversation.objects.filter(self.where).order_by("pk").values_list("pk")


@pytest.fixture
def made(world):
    return [world.letter(subject=f"Letter {n}").conversation_id for n in range(3)]


def test_numbers_are_put_in_anew(made):
    for numbers in (made[:1], made[1:2], made, made[::-1]):
        assert statements.flat(subjects, *numbers) == list(subjects(*numbers))
        filled = statements.filled(numbers)
        assert statements.flat(subjects, *filled) == list(subjects(*numbers))
    assert statements.lists(subjects) == []


def test_whole_objects_are_read_alike(made):
    slow = whole(made[0]).get()
    (quick,) = statements.objects(whole, made[0])
    names = [field.attname for field in slow._meta.concrete_fields]
    assert [getattr(quick, name) for name in names] == [getattr(slow, name) for name in names]


def test_other_conditions_are_other_statements(made):
    assert statements.lists(Fitting(Q(pk=made[0]))) == [[made[0]]]
    assert statements.lists(Fitting(Q(pk=made[1]))) == [[made[1]]]
    assert statements.lists(Fitting(Q(pk__in=[]))) == []
    # A query set inside is asked anew each time.
    for _ in range(2):
        inside = Conversation.objects.filter(pk=made[2]).values("pk")
        assert statements.lists(Fitting(Q(pk__in=inside))) == [[made[2]]]


def test_a_list_knows_what_changed_since(world, made):
    """Statements are kept, what they find is not."""
    before = queries.listing(world.carol).rows
    Conversation.objects.filter(pk=made[0]).update(team=Team.objects.get(name="Sales"))
    after = queries.listing(world.carol).rows
    assert [row["number"] for row in after] == [made[0], *(row["number"] for row in before)]
    world.carol.teams.clear()
    world.carol.__dict__.pop("_team_ids", None)
    assert queries.listing(world.carol).rows == []


def test_files_of_a_message_can_be_asked_for_further(world, made):
    found = queries.conversation(world.bob, made[0])
    row = {"content_type": "text/plain", "size": 1, "sha256": "", "created_at": clock.now()}
    message = Message.objects.get(conversation=found)
    for name in ("a", "b"):
        Attachment.objects.create(message=message, name=name, storage=name, **row)
    Attachment.objects.create(
        message=Message.objects.get(conversation_id=made[1]), name="c", storage="c", **row
    )
    (read,) = threads.messages(found)
    assert [file.name for file in read.attachments.all()] == ["a", "b"]
    assert [file.name for file in read.attachments.order_by("-name")] == ["b", "a"]
    assert read.attachments.filter(name="c").count() == 0
    assert read.conversation is found and list(read.deliveries.all()) == []
