"""A saved filter as a plain form: one line for each condition, read without any script."""

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.http import QueryDict
from django.utils.functional import Promise
from django.utils.translation import gettext, pgettext, pgettext_lazy

from okno.access import queries as access
from okno.access.models import Agent
from okno.channels.contract import adapters
from okno.console.channel_names import told_apart
from okno.desk import conditions, listed_names, queries
from okno.desk.conditions import BadCondition, Condition
from okno.desk.conditions.expression import MOST_CONDITIONS

# With more of them, names are typed instead of ticked.
MOST_TICKS = 12
Option = tuple[str, str | Promise]

OPERATORS: dict[str, str | Promise] = {
    "is": pgettext_lazy("operator", "is"),
    "is_not": pgettext_lazy("operator", "is not"),
    "at_least": pgettext_lazy("operator", "at least"),
    "at_most": pgettext_lazy("operator", "at most"),
    "before": pgettext_lazy("operator", "before"),
    "after": pgettext_lazy("operator", "on or after"),
    "within": pgettext_lazy("operator", "within the last days"),
    "contains": pgettext_lazy("operator", "contains"),
    "contains_not": pgettext_lazy("operator", "does not contain"),
}


@dataclass
class Line:
    """One condition of the form: what it offers, what is chosen, and what is wrong with it."""

    place: int
    condition: Condition
    operator: str
    chosen: list[str]
    options: list[Option]
    problem: str = ""

    @property
    def operators(self) -> list[Option]:
        return [(name, OPERATORS[name]) for name in self.condition.operators]

    @property
    def widget(self) -> str:
        """`ticks`, `one` (of few), `names` (typed), `when` or `text`."""
        kind = self.condition.kind
        if kind == "date":
            return "when"
        if kind == "flag" or "at_least" in self.condition.operators:
            return "one" if kind == "flag" else "ticks"
        if self.options and len(self.options) <= MOST_TICKS:
            return "ticks"
        return "text" if kind in ("text", "language") else "names"

    @property
    def text(self) -> str:
        """What is chosen, as one would type it."""
        names = {value: str(label) for value, label in self.options}
        return "; ".join(names.get(one, one) for one in self.chosen)

    @property
    def days(self) -> str:
        return self.text if self.operator == "within" else ""

    @property
    def date(self) -> str:
        return "" if self.operator == "within" else self.text[:10]


def _teams(agent: Agent) -> list[Option]:
    none = ("none", pgettext("team", "none"))
    return [none, *_named(access.teams(agent).values_list("pk", "name"))]


def _agents(agent: Agent) -> list[Option]:
    me = ("me", pgettext("assignee", "me"))
    nobody = ("nobody", pgettext("assignee", "nobody"))
    rows = access.agents(agent).filter(is_active=True).values_list("pk", "name")
    return [me, nobody, *_named(rows)]


def _named(rows: Iterable[tuple[int, str]]) -> list[Option]:
    return [(str(pk), name) for pk, name in rows]


def _kinds(agent: Agent) -> list[Option]:
    return [(kind.kind, kind.label) for kind in adapters]


def _channels(agent: Agent) -> list[Option]:
    return _named(told_apart(queries.channels(agent)).items())


_OPTIONS: dict[str, Callable[[Agent], list[Option]]] = {
    "team": _teams,
    "assignee": _agents,
    "kind": _kinds,
    "channel": _channels,
}


def options(agent: Agent, condition: Condition, chosen: list[str]) -> list[Option]:
    """What a condition offers to this agent; of what is too many to offer, what is chosen."""
    if condition.name in _OPTIONS:
        return _OPTIONS[condition.name](agent)
    if condition.choices():
        return [(str(value), label) for value, label in condition.choices()]
    return _named(listed_names.names(agent, condition.kind, chosen))


def plain(asked: Sequence[Mapping[str, Any]]) -> tuple[str, Sequence[Mapping[str, Any]]] | None:
    """Stored conditions as `all` or `any` and what is so joined; None for nested ones."""
    join, terms = "all", asked
    if len(asked) == 1 and "any" in asked[0]:
        join, terms = "any", asked[0]["any"]
    return (join, terms) if all("name" in term for term in terms) else None


def joined(join: str, asked: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """The other way round."""
    return [{"any": asked}] if join == "any" and len(asked) > 1 else asked


def lines_of(agent: Agent, asked: Iterable[Mapping[str, Any]]) -> list[Line]:
    """Plain conditions as lines of the form."""
    lines = []
    for place, one in enumerate(asked):
        condition = conditions.get(one["name"])
        many = one["value"] if isinstance(one["value"], list) else [one["value"]]
        chosen = [_typed(value) for value in many]
        offered = options(agent, condition, chosen)
        lines.append(Line(place, condition, one["operator"], chosen, offered))
    return lines


def _typed(value: Any) -> str:
    return ("yes" if value else "no") if isinstance(value, bool) else str(value)


def lines_given(agent: Agent, post: QueryDict) -> list[Line]:
    """The lines as they were sent, without those that are to go; raises BadCondition."""
    gone = post.getlist("remove")
    lines: list[Line] = []
    for place in range(MOST_CONDITIONS):
        name = post.get(f"c{place}-name")
        if name is None or str(place) in gone:
            continue
        condition = conditions.get(name)
        operator = post.get(f"c{place}-operator", condition.operators[0])
        given = _given(post, place, operator, condition)
        lines.append(Line(len(lines), condition, operator, given, options(agent, condition, given)))
    return lines


def _given(post: QueryDict, place: int, operator: str, condition: Condition) -> list[str]:
    if condition.kind == "date":
        return [post.get(f"c{place}-{'days' if operator == 'within' else 'date'}", "").strip()]
    values = post.getlist(f"c{place}-value")
    if f"c{place}-typed" in post:
        values = [part for one in values for part in one.split(";")]
    return [value.strip() for value in values if value.strip()]


def added(agent: Agent, lines: list[Line], name: str) -> list[Line]:
    """One empty line more; raises BadCondition for an unknown name or too many."""
    if len(lines) >= MOST_CONDITIONS:
        raise BadCondition(f"a filter has 1 to {MOST_CONDITIONS} conditions")
    condition = conditions.get(name)
    offered = options(agent, condition, [])
    return [*lines, Line(len(lines), condition, condition.operators[0], [], offered)]


def asked_by(agent: Agent, lines: list[Line]) -> list[dict[str, Any]] | None:
    """The conditions of the lines; None when a line is wrong, which then says why."""
    asked = []
    for line in lines:
        try:
            value = _value(agent, line)
        except BadCondition as error:
            line.problem = gettext(str(error))
        else:
            name = line.condition.name
            asked.append({"name": name, "operator": line.operator, "value": value})
    return asked if lines and len(asked) == len(lines) else None


def _value(agent: Agent, line: Line) -> Any:
    condition, operator = line.condition, line.operator
    if not line.chosen or line.chosen == [""]:
        raise BadCondition(pgettext("filter", "Choose or write something here."))
    if line.widget != "names":
        value: Any = line.chosen if len(line.chosen) > 1 else line.chosen[0]
        return condition.check(operator, value)
    found: list[Any] = []
    for text in line.chosen:
        found += condition.parse(operator, text, agent)
    return condition.check(operator, found)


def addable() -> list[Option]:
    """All conditions, by name in the agent's language."""
    known = [(condition.name, str(condition.label)) for condition in conditions.registry]
    return sorted(known, key=lambda option: str(option[1]).casefold())
