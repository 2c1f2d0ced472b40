"""Clients."""

from typing import Any

from django.http import HttpResponse
from ninja import Path, Query, Router

from okno.api import shapes
from okno.api.addresses import canonical_identity
from okno.api.auth import Request
from okno.api.pages import Paging, by_id, listed, page_of, shown
from okno.api.schemas import Address, ContactIn, ContactPatch, Id
from okno.api.writing import Call, KeyHeader, Right, once
from okno.contacts import actions, queries

router = Router(tags=["contacts"])


class Filters(Paging):
    """`address`: exactly this address, of any kind."""

    address: Address | None = None


@router.get("/contacts", response=page_of(shapes.ContactShape))
def list_contacts(request: Request, filters: Query[Filters]) -> HttpResponse:
    """Clients in the order they were added."""
    found = queries.with_addresses(request.auth)
    if filters.address:
        found = found.filter(identities__address=filters.address)
    rows, following = by_id(found.distinct(), filters)
    return listed(map(shapes.contact, rows), following)


@router.post("/contacts", response={201: shapes.ContactShape})
def add_contact(request: Request, data: ContactIn, key: KeyHeader = None) -> HttpResponse:
    """A new client with their addresses; an address someone has already is refused (422)."""

    def effect(call: Call) -> tuple[int, shapes.ContactShape]:
        made = actions.create_contact(request.auth, data.name, language=data.language)
        for identity in data.identities:
            actions.add_identity(request.auth, made, *canonical_identity(identity))
        return 201, _now(request, made.pk)

    right = Right("contact.edit", sees=lambda kept: queries.contact(request.auth, kept["id"]))
    return once(request, key, effect, right=right)


@router.get("/contacts/{contact_id}", response=shapes.ContactShape)
def get_contact(request: Request, contact_id: Path[Id]) -> HttpResponse:
    """One client."""
    return shown(shapes.contact(queries.contact(request.auth, contact_id)))


@router.patch("/contacts/{contact_id}", response=shapes.ContactShape)
def change_contact(request: Request, contact_id: Path[Id], data: ContactPatch) -> HttpResponse:
    """Change what is named; a company is made when it is new."""
    found = queries.contact(request.auth, contact_id)
    values: dict[str, Any] = {name: getattr(data, name) for name in data.model_fields_set}

    def effect(call: Call) -> tuple[int, shapes.ContactShape]:
        given = dict(values)
        if given.get("company") is not None:
            given["company"] = actions.find_or_create_company(request.auth, given["company"])
        actions.change_contact(request.auth, found, **given)
        return 200, _now(request, found.pk)

    return once(request, None, effect)


def _now(request: Request, contact_id: int) -> shapes.ContactShape:
    return shapes.contact(queries.contact(request.auth, contact_id))
