"""Names of what conditions point to, for forms: some to be offered, and always those asked for."""

from collections.abc import Iterable
from typing import Any

from django.db.models import QuerySet

from okno.access.policy import can
from okno.contacts.models import Company
from okno.contacts.queries import visible_to as visible_contacts
from okno.desk.models import Channel, RequestType
from okno.desk.queries import channels, tags
from okno.kit.numbers import identifier
from okno.spine import Actor

FEW = 300


def names(actor: Actor, kind: str, chosen: Iterable[str] = ()) -> list[tuple[int, str]]:
    """(id, name) pairs of a kind of condition, as far as the actor sees them.

    Clients and companies are too many to list: of them only the chosen ids. Of others the first
    FEW and the chosen: a name that is not offered can be typed.
    """
    ids = [number for number in map(identifier, chosen) if number is not None]
    if kind == "contact":
        return list(visible_contacts(actor).filter(pk__in=ids).values_list("pk", "name"))
    if not can(actor, "contact.view"):
        return []
    if kind == "company":
        return list(Company.objects.filter(pk__in=ids).values_list("pk", "name"))
    rows = _few(actor, kind)
    if rows is None:
        return []
    named = rows.values_list("pk", "name")
    return list(dict.fromkeys([*named[:FEW], *named.filter(pk__in=ids)]))


def _few(actor: Actor, kind: str) -> QuerySet[Any] | None:
    if kind == "tag":
        return tags(actor)
    if kind == "channel":
        found: QuerySet[Channel] = channels(actor)
        return found
    return RequestType.objects.order_by("name") if kind == "request_type" else None
