"""Clients by name, address and firm, with an index of their own: a client needs no message."""

from collections.abc import Iterable
from typing import Any

from okno.access.models import Agent
from okno.access.policy import person
from okno.contacts.models import Contact, Identity
from okno.contacts.queries import visible_to
from okno.kit import words
from okno.kit.search import stems
from okno.kit.search.index import Entry, Index
from okno.spine import Actor, System, rows

MOST = 200
INDEX = Index("desk_search_contact", "contact_id")


def entries(contact_ids: Iterable[int]) -> list[Entry]:
    """What the index should hold of these contacts; None for one that was merged away.

    A contact is also known by the names and addresses of those merged into it.
    """
    asked = set(contact_ids)
    heads = rows.flat(Contact, ("id", "merged_into_id"), id__in=list(asked))
    owners = {pk: head or pk for pk, head in heads}
    known: dict[int, list[str]] = {head: [] for head in owners.values()}
    columns: tuple[str, ...] = ("id", "name", "company.name")
    for pk, name, company in rows.flat(Contact, columns, id__in=list(known)):
        known[pk] += [name, company or ""]
    columns = ("id", "merged_into_id", "name")
    for pk, head, name in rows.flat(Contact, columns, merged_into_id__in=list(known)):
        owners[pk] = head
        known[head].append(name)
    columns = ("contact_id", "address")
    for owner, address in rows.flat(Identity, columns, contact_id__in=list(owners)):
        known[owners[owner]].append(address)
    found = [INDEX.entry(head, "\n".join(text)) for head, text in sorted(known.items())]
    return found + [(pk, None) for pk in sorted(asked - set(known))]


def ids(actor: Actor, text: str, limit: int = MOST) -> list[int]:
    """The contacts, newest first, in whose names and addresses all words of `text` occur."""
    terms = words.query(text)
    if not terms or not isinstance(person(actor), Agent | System):
        return []
    found = INDEX.having(stems.expression(terms), limit)
    shown = set(visible_to(actor).filter(pk__in=found).values_list("pk", flat=True))
    return [pk for pk in found if pk in shown]


def find(actor: Actor, text: str, limit: int = 5) -> list[dict[str, Any]]:
    """Contacts as flat rows (id, name, company, addresses, and `called`: the name or else the first
    address): names that begin so first."""
    found = visible_to(actor).filter(pk__in=ids(actor, text)).select_related("company")
    folded = text.strip().casefold()
    ranked = sorted(found, key=lambda row: (not row.name.casefold().startswith(folded), -row.pk))[
        :limit
    ]
    addresses: dict[int, list[str]] = {row.pk: [] for row in ranked}
    for owner, address in (
        Identity.objects.filter(contact_id__in=addresses)
        .order_by("pk")
        .values_list("contact_id", "address")
    ):
        addresses[owner].append(address)
    return [
        {
            "id": row.pk,
            "name": row.name,
            "company": row.company.name if row.company else "",
            "addresses": addresses[row.pk],
            "called": row.name or next(iter(addresses[row.pk]), ""),
        }
        for row in ranked
    ]
