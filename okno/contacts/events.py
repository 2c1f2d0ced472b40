"""What happens to contacts."""

from okno.spine import event


@event("contact.created", subject="contact", sentence="Client added")
class ContactCreated:
    contact: int


@event("contact.changed", subject="contact", sentence="Client's data changed")
class ContactChanged:
    contact: int
    fields: list[str]


@event("contact.merged", subject="contact", sentence="Merged into client {into}")
class ContactMerged:
    contact: int
    into: int


@event("contact.unmerged", subject="contact", sentence="Separated from client {origin}")
class ContactUnmerged:
    contact: int
    origin: int


@event("contact.blocked", subject="contact", sentence="Client blocked")
class ContactBlocked:
    contact: int


@event("contact.unblocked", subject="contact", sentence="Client unblocked")
class ContactUnblocked:
    contact: int


@event("identity.added", subject="contact", sentence="Address added")
class IdentityAdded:
    contact: int
    identity: int
    kind: str
