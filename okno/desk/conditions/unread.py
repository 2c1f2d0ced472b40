"""The condition that only a viewer gives a meaning to."""

from django.db.models import Q
from django.utils.translation import pgettext_lazy

from okno.desk.conditions.base import Condition, Value, Viewer, add, viewing_agent
from okno.desk.conditions.flags import YES_NO, flag
from okno.desk.conditions.people import never
from okno.desk.seen import where_unread


def _where(operator: str, value: Value, viewer: Viewer) -> Q:
    found = where_unread(viewing_agent(viewer))
    return found if value else ~found


unread = add(
    Condition(
        "unread",
        pgettext_lazy("condition", "Unread by me"),
        "flag",
        ("is",),
        flag,
        _where,
        never,
        _steady=lambda operator, value: False,
        choices=lambda: list(YES_NO),
    )
)
