"""Addresses as programs write them, made canonical by the kind they belong to."""

from okno.api.schemas import IdentityIn, PersonIn
from okno.channels.contract import adapters
from okno.desk.contract import Person


def canonical_person(kind: str, who: PersonIn) -> Person:
    """Someone outside on a channel of that kind; raises ValueError for what is no address."""
    return Person(adapters.get(kind).canonical(who.address), " ".join(who.name.split()))


def canonical_identity(identity: IdentityIn) -> tuple[str, str]:
    """(kind of identity, address); raises ValueError for an unknown kind or no address."""
    for adapter in adapters:
        if adapter.abilities.identity_kind == identity.kind:
            return identity.kind, adapter.canonical(identity.address)
    known = sorted({adapter.abilities.identity_kind for adapter in adapters})
    raise ValueError(f"unknown kind of address; known are {', '.join(known)}")
