"""Conditions of yes and no, and the words of the subject."""

import re

from django.db.models import Q
from django.utils.functional import Promise
from django.utils.translation import pgettext_lazy

from okno.desk.conditions.base import BadCondition, Condition, Row, Value, Viewer, add

LONGEST_TEXT = 100
YES_NO = [("yes", pgettext_lazy("flag", "yes")), ("no", pgettext_lazy("flag", "no"))]


def flag(operator: str, value: Value) -> bool:
    """Yes or no, as a word or a truth value; raises BadCondition."""
    if isinstance(value, list | tuple) and len(value) == 1:
        value = value[0]
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value in ("yes", "no"):
        return value == "yes"
    raise BadCondition(f"{str(value)[:40]!r} is neither yes nor no")


def _is_set(name: str, label: str | Promise, column: str) -> Condition:
    def where(operator: str, value: Value, viewer: Viewer) -> Q:
        return Q(**{f"{column}__isnull": not value})

    def holds(operator: str, value: Value, row: Row, viewer: Viewer) -> bool:
        return (row[column] is not None) is value

    return add(
        Condition(name, label, "flag", ("is",), flag, where, holds, choices=lambda: list(YES_NO))
    )


snoozed = _is_set("snoozed", pgettext_lazy("condition", "Snoozed"), "snoozed_until")
waiting = _is_set("waiting", pgettext_lazy("condition", "Waiting for us"), "waiting_since")


def _text(operator: str, value: Value) -> str:
    if isinstance(value, list | tuple) and len(value) == 1:
        value = value[0]
    if not isinstance(value, str) or not value.strip() or len(value) > LONGEST_TEXT:
        raise BadCondition(f"write 1 to {LONGEST_TEXT} characters")
    if not value.isprintable():
        raise BadCondition("write words without line breaks")
    return value.strip()


def _subject_where(operator: str, value: Value, viewer: Viewer) -> Q:
    # Not icontains: SQLite folds the case of ASCII letters only.
    fits = Q(subject__iregex=re.escape(value))
    return ~fits if operator == "contains_not" else fits


def _subject_holds(operator: str, value: Value, row: Row, viewer: Viewer) -> bool:
    found = re.search(re.escape(value), row["subject"], re.IGNORECASE) is not None
    return found is (operator == "contains")


subject = add(
    Condition(
        "subject",
        pgettext_lazy("condition", "Subject"),
        "text",
        ("contains", "contains_not"),
        _text,
        _subject_where,
        _subject_holds,
    )
)
