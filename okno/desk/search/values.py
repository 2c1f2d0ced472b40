"""What people type after an operator, as conditions of the allow-list. Readers raise Unclear."""

from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Q

from okno.access import queries as people
from okno.contacts.queries import family_of
from okno.desk import conditions, queries
from okno.desk.models import Priority, Status
from okno.desk.search import contacts
from okno.desk.search.problems import Unclear
from okno.spine import Actor

ME = ("me", "я", "мне", "мои", "мое")
NOBODY = ("nobody", "никто", "none", "нет", "никому")
STATUSES = {
    ("open", "открыто", "открытые"): Status.OPEN,
    ("pending", "ждем", "ожидание", "ждем клиента"): Status.PENDING,
    ("solved", "решено", "решенные"): Status.SOLVED,
    ("closed", "закрыто", "закрытые"): Status.CLOSED,
}
PRIORITIES = {
    ("low", "низкий"): Priority.LOW,
    ("normal", "обычный"): Priority.NORMAL,
    ("high", "высокий"): Priority.HIGH,
    ("urgent", "срочный", "срочно"): Priority.URGENT,
}
STATES: dict[tuple[str, ...], tuple[str, Any] | Q] = {
    ("waiting", "ждет", "ждут"): ("waiting", True),
    ("unread", "непрочитано", "новое"): ("unread", True),
    ("snoozed", "отложено"): ("snoozed", True),
    ("unassigned", "ничье"): ("assignee", "nobody"),
    ("unsolved", "не решено"): ("status", [Status.OPEN.value, Status.PENDING.value]),
    ("spam", "спам"): Q(is_spam=True),
    ("bin", "корзина"): Q(binned_at__isnull=False),
    ("merged", "объединено"): Q(merged_into__isnull=False),
}
HIDDEN = ("spam", "спам", "bin", "корзина")


def folded(text: str) -> str:
    """One form of a word for comparing; databases fold Cyrillic differently, so Python does it."""
    return text.casefold().replace("ё", "е").strip()


def _chosen(words: Mapping[tuple[str, ...], Any], value: str) -> Any:
    """What a word of a fixed list stands for."""
    for known, meant in words.items():
        if folded(value) in known:
            return meant
    raise Unclear(value, [each for known in words for each in known])


def _is(name: str, value: Any, actor: Actor) -> Q:
    try:
        return conditions.get(name).where("is", value, actor)
    except (conditions.BadCondition, conditions.NotSteady) as error:
        raise Unclear(str(value)) from error


def status(actor: Actor, value: str) -> Q:
    """`open`, `решено` …"""
    return _is("status", _chosen(STATUSES, value).value, actor)


def priority(actor: Actor, value: str) -> Q:
    """`high`, `срочный` …"""
    return _is("priority", _chosen(PRIORITIES, value).value, actor)


def state(actor: Actor, value: str) -> Q:
    """`snoozed`, `спам` …"""
    meant = _chosen(STATES, value)
    if isinstance(meant, Q):
        return meant
    name, stored = meant
    return _is(name, stored, actor)


def tag(actor: Actor, value: str) -> Q:
    """The whole name of a tag."""
    names = list(queries.tags(actor).values_list("pk", "name"))
    wanted = folded(value.lstrip("#"))
    found = [pk for pk, name in names if folded(name) == wanted]
    if not found:
        raise Unclear(value, [name for _, name in names])
    return _is("tag", found, actor)


def assignee(actor: Actor, value: str) -> Q:
    """`me`, `nobody`, or part of a name."""
    if folded(value) in ME:
        return _is("assignee", "me", actor)
    if folded(value) in NOBODY:
        return _is("assignee", "nobody", actor)
    rows = people.agents(actor).values_list("pk", "name")
    return _is("assignee", _named(rows, value, ["me", "nobody"]), actor)


def team(actor: Actor, value: str) -> Q:
    """Part of a team's name, or `none`."""
    if folded(value) in NOBODY:
        return _is("team", "none", actor)
    return _is("team", _named(people.teams(actor).values_list("pk", "name"), value), actor)


def channel(actor: Actor, value: str) -> Q:
    """A kind of channel, or part of the name or address of one."""
    rows = list(queries.channels(actor).values_list("pk", "kind", "name", "address"))
    kinds = {kind for _, kind, _, _ in rows}
    if folded(value) in kinds:
        return _is("kind", folded(value), actor)
    by_address = [(pk, f"{name} {address}") for pk, _, name, address in rows]
    return _is("channel", _named(by_address, value, kinds), actor)


def sender(actor: Actor, value: str) -> Q:
    """Words of a client's name, firm or address."""
    return family_of(*contacts.ids(actor, value))


def _named(rows: Iterable[tuple[int, str]], value: str, others: Iterable[str] = ()) -> list[int]:
    """Keys of those whose name is this, else of those in whose name it occurs."""
    known = list(rows)
    wanted = folded(value)
    same = [pk for pk, name in known if folded(name) == wanted]
    found = same or [pk for pk, name in known if wanted in folded(name)]
    if not found:
        raise Unclear(value, [*others, *(name for _, name in known)])
    return found
