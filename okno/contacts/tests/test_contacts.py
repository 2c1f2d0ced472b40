import pytest

from okno.contacts import actions
from okno.contacts.models import Contact, Identity
from okno.contacts.queries import identities
from okno.desk.models import Conversation
from okno.desk.queries import earlier


def test_merged_clients_are_one_person_and_can_be_parted(world):
    first, second = world.letter(who="dan").conversation, world.letter(who="eve").conversation
    world.do(actions.merge, world.bob, world.eve, world.dan)
    dan = Contact.objects.get(pk=world.dan.pk)
    assert {i.address for i in identities(dan)} == {"dan@client.example", "eve@client.example"}
    assert [row["number"] for row in earlier(world.bob, first).rows] == [second.pk]
    later = world.letter(who="eve").conversation
    assert later.requester_id == world.dan.pk
    world.do(actions.unmerge, world.bob, Contact.objects.get(pk=world.eve.pk))
    assert [i.address for i in identities(dan)] == ["dan@client.example"]


def test_what_cannot_be_merged(world):
    with pytest.raises(ValueError, match="itself"):
        world.do(actions.merge, world.bob, world.dan, world.dan)
    world.do(actions.merge, world.bob, world.eve, world.dan)
    with pytest.raises(ValueError, match="merged already"):
        world.do(actions.merge, world.bob, Contact.objects.get(pk=world.eve.pk), world.dan)


def test_an_address_belongs_to_one_client(world):
    with pytest.raises(ValueError, match="another client"):
        world.do(actions.add_identity, world.bob, world.dan, "email", "eve@client.example")
    assert Identity.objects.count() == 2


def test_names_are_one_line(world):
    changed = world.do(actions.change_contact, world.bob, world.dan, name="Dan\r\nBcc: x\u202e")
    assert changed.name == "Dan Bcc: x"
    with pytest.raises(ValueError, match="is_blocked"):
        world.do(actions.change_contact, world.bob, world.dan, is_blocked=True)
    assert not Conversation.objects.exists()
