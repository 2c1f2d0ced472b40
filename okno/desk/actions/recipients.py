"""To whom a message goes: one delivery row for each, committed with the message."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Q

from okno.contacts.models import Identity
from okno.desk.contract import Person
from okno.desk.destinations import Destination
from okno.desk.models import Channel, Conversation, Delivery, Message, Participant
from okno.kit import clock
from okno.spine import instants, rows, sql

MOST_RECIPIENTS = 50


@dataclass(frozen=True)
class Copies:
    """Who else gets a message. `hidden` are named to nobody; with `to_all` everyone who was
    confirmed in copy gets it too."""

    open: Sequence[Person] = ()
    hidden: Sequence[Person] = ()
    to_all: bool = True


def is_own(address: str) -> bool:
    """Whether an address is one of our channels', with or without a tag after a plus sign
    (RFC 5233): what we send there comes back as a letter, again and again."""
    local, _, domain = address.rpartition("@")
    plain = f"{local.partition('+')[0]}@{domain}"
    same = Q(address__iexact=address) | Q(address__iexact=plain)
    return bool(address) and Channel.objects.filter(same).exists()


def refuse_own(people: Iterable[Person]) -> None:
    """Raise ValueError for an address of our own."""
    for person in people:
        if is_own(person.address):
            raise ValueError("this is our own address: the letter would come back to us")


def queue(
    conversation: Conversation,
    message: Message,
    to: Person,
    copies: Copies,
    send_at: datetime | None,
    *,
    by: Sequence[Destination] = (),
) -> None:
    """Write the delivery rows: to the client `by` each of these ways, else by the channel of the
    message, to others by that alone. Nobody gets it twice; raises ValueError for our own address.
    """
    own = Destination(message.channel)
    named = {to.address: (Delivery.Role.TO, to.name)}
    if message.channel.abilities.copies:
        refuse_own((*copies.open, *copies.hidden))
        for person in (*(_confirmed(conversation) if copies.to_all else ()), *copies.open):
            named.setdefault(person.address, (Delivery.Role.CC, person.name))
        for person in copies.hidden:
            named.setdefault(person.address, (Delivery.Role.BCC, person.name))
    if len(named) > MOST_RECIPIENTS:
        raise ValueError("these are too many recipients for one letter")
    now = instants.now()
    send_at = now + (send_at - clock.now()) if send_at else None
    ways = [(to.address, way) for way in by or (own,)]
    ways += [(address, own) for address in named if address != to.address]
    for address, way in ways:
        role, name = named[address]
        sql.insert(
            Delivery,
            message_id=message.pk,
            channel_id=way.channel.pk,
            medium=way.medium,
            request_id=way.request,
            role=role,
            address=address,
            name=name,
            next_at=send_at,
            created_at=now,
            changed_at=now,
        )


def _confirmed(conversation: Conversation) -> list[Person]:
    found = rows.read(Participant, conversation_id=conversation.pk, is_confirmed=True)
    ids = [row.identity_id for row in found]
    known = Identity.objects.select_related("contact").in_bulk(ids) if ids else {}
    return [person_of(known[pk]) for pk in ids]


def person_of(identity: Identity) -> Person:
    """A client as a recipient."""
    return Person(identity.address, identity.contact.name)
