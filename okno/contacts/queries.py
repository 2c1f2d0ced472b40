"""Reads of contacts."""

from django.db.models import Q, QuerySet
from django.db.models.expressions import RawSQL

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


def family_of(*heads: int) -> Q:
    """The same by the ids of contacts that others were merged into."""
    return Q(requester_id__in=_people(*heads)) if heads else Q(pk__in=())


def _people(*heads: int) -> RawSQL:
    """Ids of all contacts of these persons. Not "this one or one whose head is this": for an OR
    over two tables a database reads all of the first."""
    marks = ", ".join(["%s"] * len(heads))
    one, other = f"id IN ({marks})", f"merged_into_id IN ({marks})"
    table = "SELECT id FROM contacts_contact WHERE"
    return RawSQL(f"{table} {one} UNION ALL {table} {other}", (*heads, *heads))


def identities(contact: Contact) -> QuerySet[Identity]:
    """All addresses of the person, those of merged contacts included."""
    return _identities_of(contact.merged_into_id or contact.pk)


def known_identities(contact: Contact) -> list[Identity]:
    """The same, read."""
    return objects(_identities_of, contact.merged_into_id or contact.pk)


def _identities_of(head: int) -> QuerySet[Identity]:
    return Identity.objects.filter(contact_id__in=_people(head)).order_by("kind", "address")
