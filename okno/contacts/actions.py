"""Verbs over contacts."""

from okno.access.policy import authorize
from okno.contacts.events import (
    ContactBlocked,
    ContactChanged,
    ContactCreated,
    ContactMerged,
    ContactUnblocked,
    ContactUnmerged,
    IdentityAdded,
)
from okno.contacts.models import Company, Contact, Identity
from okno.kit.text import of_that_name, one_line
from okno.spine import Actor, record, verb

_EDITABLE = ("name", "language", "timezone", "about", "company")


def clean_name(name: str) -> str:
    """A name fit to show and to put into a header: one line, no control characters, 160 at most."""
    return one_line(name, 160)


@verb
def create_contact(actor: Actor, name: str, *, language: str = "") -> Contact:
    """A new contact without addresses."""
    authorize(actor, "contact.edit")
    contact = Contact.objects.create(name=clean_name(name), language=language[:8])
    record(ContactCreated(contact.pk))
    return contact


@verb
def add_identity(actor: Actor, contact: Contact, kind: str, address: str) -> Identity:
    """Give a contact one more address in canonical form; raises ValueError when it is taken."""
    authorize(actor, "contact.edit", contact)
    if not address or len(address) > 320:
        raise ValueError("an address has 1 to 320 characters")
    identity, made = Identity.objects.get_or_create(
        kind=kind, address=address, defaults={"contact": contact}
    )
    if not made:
        if identity.contact_id == contact.pk:
            return identity
        raise ValueError("another client has this address; merge the two instead")
    record(IdentityAdded(contact.pk, identity.pk, kind))
    return identity


@verb
def find_or_create(actor: Actor, kind: str, address: str, name: str = "") -> Identity:
    """The identity of that address; a new contact with it when nobody has it yet."""
    found = Identity.objects.select_related("contact__merged_into").filter(
        kind=kind, address=address
    )
    identity = found.first()
    if identity is None:
        contact = create_contact(actor, name)
        identity = add_identity(actor, contact, kind, address)
    elif name and not identity.contact.name:
        Contact.objects.filter(pk=identity.contact_id, name="").update(name=clean_name(name))
    return identity


@verb
def change_contact(actor: Actor, /, contact: Contact, **values: object) -> Contact:
    """Change name, language, timezone, about or company; raises ValueError for other fields."""
    authorize(actor, "contact.edit", contact)
    unknown = set(values) - set(_EDITABLE)
    if unknown:
        raise ValueError(f"cannot change {', '.join(sorted(unknown))}")
    if "name" in values:
        values["name"] = clean_name(str(values["name"]))
    changed = [field for field, value in values.items() if getattr(contact, field) != value]
    if changed:
        Contact.objects.filter(pk=contact.pk).update(**{f: values[f] for f in changed})
        contact.refresh_from_db()
        record(ContactChanged(contact.pk, sorted(changed)))
    return contact


@verb
def find_or_create_company(actor: Actor, name: str) -> Company:
    """The company of that name; raises ValueError for an empty one."""
    authorize(actor, "contact.edit")
    name = clean_name(name)
    if not name:
        raise ValueError("a company needs a name")
    known = of_that_name(Company.objects.order_by("pk").values_list("pk", "name"), name)
    found = Company.objects.filter(pk=known).first() if known else None
    return found or Company.objects.create(name=name)


@verb
def merge(actor: Actor, contact: Contact, into: Contact) -> None:
    """Make two contacts one person; raises ValueError for the same or an already merged one."""
    authorize(actor, "contact.edit", contact)
    authorize(actor, "contact.edit", into)
    if contact.pk == into.pk:
        raise ValueError("a client cannot be merged with itself")
    if contact.merged_into_id or into.merged_into_id:
        raise ValueError("one of these clients is merged already; separate it first")
    Contact.objects.filter(merged_into=contact).update(merged_into=into)
    Contact.objects.filter(pk=contact.pk).update(merged_into=into)
    record(ContactMerged(contact.pk, into.pk))


@verb
def unmerge(actor: Actor, contact: Contact) -> None:
    """Undo a merge; raises ValueError when the contact is not merged."""
    authorize(actor, "contact.edit", contact)
    if not contact.merged_into_id:
        raise ValueError("this client is not merged")
    Contact.objects.filter(pk=contact.pk).update(merged_into=None)
    record(ContactUnmerged(contact.pk, contact.merged_into_id))


@verb
def block(actor: Actor, contact: Contact) -> None:
    """What a blocked contact writes goes to spam from now on."""
    authorize(actor, "contact.edit", contact)
    if Contact.objects.filter(pk=contact.pk, is_blocked=False).update(is_blocked=True):
        record(ContactBlocked(contact.pk))


@verb
def unblock(actor: Actor, contact: Contact) -> None:
    """Undo `block`."""
    authorize(actor, "contact.edit", contact)
    if Contact.objects.filter(pk=contact.pk, is_blocked=True).update(is_blocked=False):
        record(ContactUnblocked(contact.pk))
