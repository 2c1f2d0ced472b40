"""Reads of contacts."""

from django.db.models import Q, QuerySet

from okno.access.policy import NotVisible, can
from okno.contacts.models import Contact, Identity
from okno.spine import Actor
from okno.spine.statements import objects


def visible_to(actor: Actor) -> QuerySet[Contact]:
    """Contacts the actor may see: every agent sees clients, so that history helps everyone."""
    return Contact.objects.all() if can(actor, "contact.view") else Contact.objects.none()


def contact(actor: Actor, contact_id: int) -> Contact:
    """One contact; raises NotVisible."""
    found = visible_to(actor).select_related("company").filter(pk=contact_id).first()
    if found is None:
        raise NotVisible("contact")
    return found


def with_addresses(actor: Actor) -> QuerySet[Contact]:
    """Contacts the actor may see, with what a list of them shows."""
    return visible_to(actor).select_related("company").prefetch_related("identities")


def family(contact: Contact) -> Q:
    """Matches the contact itself and all merged into it, on a field `requester`."""
    return family_of(contact.merged_into_id or contact.pk)


def family_of(head: int) -> Q:
    """The same by the id of the contact that others were merged into."""
    return Q(requester_id=head) | Q(requester__merged_into_id=head)


def identities(contact: Contact) -> QuerySet[Identity]:
    """All addresses of the person, those of merged contacts included."""
    return _identities_of(contact.merged_into_id or contact.pk)


def known_identities(contact: Contact) -> list[Identity]:
    """The same, read."""
    return objects(_identities_of, contact.merged_into_id or contact.pk)


def _identities_of(head: int) -> QuerySet[Identity]:
    same = Q(contact_id=head) | Q(contact__merged_into_id=head)
    return Identity.objects.filter(same).order_by("kind", "address")
