"""Conditions that point to another row: who answers, which team, channel, client, tag."""

from collections.abc import Callable, Iterable
from typing import Any

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from okno.access import queries as access
from okno.contacts.models import Company, Contact
from okno.contacts.queries import visible_to as visible_contacts
from okno.desk.conditions.base import (
    BadCondition,
    Condition,
    NotSteady,
    Row,
    Value,
    Viewer,
    add,
    each,
    identifier,
    some,
    viewing_agent,
)
from okno.desk.models import Channel, Conversation, RequestType, Tag
from okno.spine import SYSTEM

ME, NOBODY = "me", "nobody"


def _ids(value: Value, nothing: str = "", person: str = "") -> list[Any]:
    """Ids, with the words for nothing and for oneself where they are allowed."""
    words = [word for word in (nothing, person) if word]
    return each(value, lambda one: str(one) if one in words else identifier(one))


def _named(rows: Iterable[tuple[int, str]], text: str, what: str) -> int:
    """The id of the row with that name, whatever its case; raises BadCondition."""
    # Compared here, because SQLite knows upper and lower case in ASCII only.
    wanted = text.strip().casefold()
    for pk, name in rows:
        if name.casefold() == wanted or str(pk) == wanted:
            return pk
    raise BadCondition(f"no {what} is called {text[:40]!r}")


Names = Callable[[Any], Iterable[tuple[int, str]]]


def _pointer(
    name: str,
    label: str | Promise,
    kind: str,
    paths: tuple[str, ...],
    names: Names,
    nothing: str = "",
) -> Condition:
    """A condition that asks whether one of some columns points to one of some rows.

    `nothing` is the word for a first column that is empty.
    """

    def check(operator: str, value: Value) -> list[Any]:
        return _ids(value, nothing)

    def where(operator: str, value: Value, viewer: Viewer) -> Q:
        ids = [one for one in value if one != nothing]
        fits = Q(**{f"{paths[0]}__isnull": True}) if len(ids) < len(value) else Q(pk__in=[])
        for path in paths:
            fits |= Q(**{f"{path}__in": ids})
        return some(fits, operator)

    def holds(operator: str, value: Value, row: Row, viewer: Viewer) -> bool:
        fits = any(row[path] in value for path in paths if row[path] is not None)
        fits = fits or (bool(nothing) and nothing in value and row[paths[0]] is None)
        return fits is (operator == "is")

    def parse(operator: str, text: str, viewer: Viewer) -> Value:
        return text if nothing and text == nothing else _named(names(viewer), text, name)

    operators = ("is", "is_not")
    return add(Condition(name, label, kind, operators, check, where, holds, parse))


team = _pointer(
    "team",
    pgettext_lazy("condition", "Team"),
    "team",
    ("team_id",),
    lambda viewer: access.teams(viewer or SYSTEM).values_list("pk", "name"),
    "none",
)
channel = _pointer(
    "channel",
    pgettext_lazy("condition", "Channel"),
    "channel",
    ("channel_id",),
    lambda viewer: Channel.objects.values_list("pk", "name"),
)
request_type = _pointer(
    "request_type",
    pgettext_lazy("condition", "Request type"),
    "request_type",
    ("request_type_id",),
    lambda viewer: RequestType.objects.values_list("pk", "name"),
    "none",
)
company = _pointer(
    "company",
    pgettext_lazy("condition", "Company"),
    "company",
    ("requester__company_id", "requester__merged_into__company_id"),
    lambda viewer: Company.objects.order_by("-pk").values_list("pk", "name").iterator(),
    "none",
)


def _clients(viewer: Viewer) -> Iterable[tuple[int, str]]:
    rows = visible_contacts(viewer) if viewer else Contact.objects.all()
    return rows.order_by("-pk").values_list("pk", "name").iterator()


requester = _pointer(
    "requester",
    pgettext_lazy("condition", "Client"),
    "contact",
    ("requester_id", "requester__merged_into_id"),
    _clients,
)


def _assignees(value: Value, viewer: Viewer) -> set[int | None]:
    me = viewing_agent(viewer).pk if ME in value else None
    return {{ME: me, NOBODY: None}.get(one, one) for one in value}


def _assignee_where(operator: str, value: Value, viewer: Viewer) -> Q:
    wanted = _assignees(value, viewer)
    fits = Q(assignee_id__in=[one for one in wanted if one is not None])
    return some(fits | Q(assignee_id__isnull=True) if None in wanted else fits, operator)


def _assignee_holds(operator: str, value: Value, row: Row, viewer: Viewer) -> bool:
    return (row["assignee_id"] in _assignees(value, viewer)) is (operator == "is")


def _assignee_parse(operator: str, text: str, viewer: Viewer) -> Value:
    if text in (ME, NOBODY):
        return text
    return _named(access.agents(viewer or SYSTEM).values_list("pk", "name"), text, "agent")


assignee = add(
    Condition(
        "assignee",
        pgettext_lazy("condition", "Assignee"),
        "agent",
        ("is", "is_not"),
        lambda operator, value: _ids(value, NOBODY, ME),
        _assignee_where,
        _assignee_holds,
        _assignee_parse,
        lambda operator, value: ME not in value,
    )
)


def _tag_where(operator: str, value: Value, viewer: Viewer) -> Q:
    # A set of numbers instead of a join: no row twice, and the opposite stays right.
    links = Conversation.tags.through.objects.filter(tag_id__in=value)
    return some(Q(pk__in=links.values("conversation_id")), operator)


def _tag_holds(operator: str, value: Value, row: Row, viewer: Viewer) -> bool:
    return (not row["tag_ids"].isdisjoint(value)) is (operator == "is")


tag = add(
    Condition(
        "tag",
        pgettext_lazy("condition", "Tag"),
        "tag",
        ("is", "is_not"),
        lambda operator, value: _ids(value),
        _tag_where,
        _tag_holds,
        lambda operator, text, viewer: _named(Tag.objects.values_list("pk", "name"), text, "tag"),
    )
)


def never(operator: str, value: Value, row: Row, viewer: Viewer) -> bool:
    """For conditions that only the database can answer; raises NotSteady."""
    raise NotSteady("only the database knows this")
