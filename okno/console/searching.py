"""What the list shows while something is searched for."""

from collections.abc import Mapping
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.utils.translation import get_language, pgettext_lazy

from okno.access.models import Agent
from okno.access.policy import NotVisible
from okno.console.filters import Filter
from okno.desk import queries, search
from okno.desk.search import contacts
from okno.desk.search.completing import offers
from okno.desk.search.problems import Problem
from okno.desk.search.snippets import marked
from okno.kit.layouts import switched

SORTS = ("newest", "best")
SEARCH = Filter(
    "search",
    pgettext_lazy("filter", "Search"),
    "search",
    pgettext_lazy("filter", "Nothing fits."),
    lambda agent: Q(),
    is_counted=False,
)


def is_asked(given: Mapping[str, str]) -> bool:
    """Whether an address asks for a search."""
    return bool(given.get("q", "").strip())


def listed(agent: Agent, given: Mapping[str, str]) -> dict[str, Any]:
    """The context of the list; raises NotVisible for a page key that is not ours."""
    question, after = given.get("q", ""), given.get("after", "")
    sort = given.get("sort") if given.get("sort") in SORTS else SORTS[0]
    try:
        found = search.find(agent, question, after=after, is_best_first=sort == "best")
    except queries.BadKey as error:
        raise NotVisible("page") from error
    people = [] if after else contacts.find(agent, question)
    for row in found.rows:
        row["subject_pieces"] = marked(row["subject"] or row["preview"], found.terms)
        row["pieces"] = marked(row["snippet"], found.terms)
    kept = {"q": question, **({"sort": sort} if sort != SORTS[0] else {})}
    return {
        "filter": SEARCH,
        "rows": found.rows,
        "after": after,
        "next": found.next,
        "keep": urlencode({**kept, **({"after": after} if after else {})}),
        "search": {
            "question": question,
            "sort": sort,
            "has_words": bool(found.terms),
            "people": people,
            "problems": [_shown(problem, question) for problem in found.problems],
            "other_layout": "" if found.rows or people or after else _other(agent, question),
            "kept": urlencode(kept),
            "asked": urlencode({"q": question}),
            "best": urlencode({"q": question, "sort": "best"}),
        },
    }


def _shown(problem: Problem, question: str) -> dict[str, str]:
    """A problem with the question as it was probably meant."""
    meant = question.replace(problem.source, problem.instead, 1) if problem.instead else ""
    return {"text": problem.text, "instead": problem.instead, "question": meant}


def _other(agent: Agent, question: str) -> str:
    """The question in the other keyboard layout, when that one finds something."""
    meant = switched(question)
    return meant if meant and search.find(agent, meant, limit=1).rows else ""


def hints(agent: Agent, question: str) -> dict[str, Any]:
    """The completions under the box."""
    is_russian = (get_language() or "").startswith("ru")
    return {"offers": offers(agent, question, is_russian=is_russian), "question": question}
