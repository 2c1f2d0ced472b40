"""Saved filters: made from the list one looks at, changed, deleted and brought back."""

from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.utils.translation import pgettext
from django.views.decorators.http import require_http_methods, require_POST

from okno.access import queries as access
from okno.access.models import Agent
from okno.access.policy import authorize, can
from okno.console import filters, phrases, view_form
from okno.console.answers import DOOR, agent_of, refused, told
from okno.console.view_form import Line
from okno.desk import actions, saved
from okno.desk.actions.views import ICONS
from okno.desk.conditions import BadCondition
from okno.desk.models import View
from okno.desk.sorting import SORTS
from okno.kit.numbers import identifier
from okno.spine import unit

_VALUES = ("name", "sort", "icon", "share", "join")


@require_http_methods(["GET", "HEAD", "POST"])
def make(request: HttpRequest) -> HttpResponse:
    """A new filter, beginning with what the list shows now."""
    agent = agent_of(request)
    authorize(agent, "view.change")
    shown = filters.chosen(agent, request.GET.get("view", ""))
    # A nested one cannot be shown in lines, so nothing of it is taken over.
    join, asked = view_form.plain(shown.view.conditions if shown.view else shown.asked) or (
        "all",
        [],
    )
    values = {"sort": shown.sort, "icon": "filter", "share": "", "join": join}
    return _form(request, None, view_form.lines_of(agent, asked), values)


@require_http_methods(["GET", "HEAD", "POST"])
def edit(request: HttpRequest, view_id: int) -> HttpResponse:
    """Change a filter."""
    agent = agent_of(request)
    found = saved.view(agent, view_id)
    authorize(agent, "view.change", found)
    share = (str(found.team_id) if found.team_id else "all") if found.is_shared else ""
    values = {"name": found.name, "sort": found.sort, "icon": found.icon, "share": share}
    plain = view_form.plain(found.conditions)
    if plain is None:
        return _form(request, found, None, values)
    return _form(request, found, view_form.lines_of(agent, plain[1]), values | {"join": plain[0]})


def _form(
    request: HttpRequest, found: View | None, lines: list[Line] | None, values: dict[str, str]
) -> HttpResponse:
    """`lines` is None for nested conditions, which stay as they are."""
    agent, problem = agent_of(request), ""
    if request.method == "POST":
        values = {key: request.POST.get(key, "") for key in _VALUES}
        try:
            if lines is not None:
                lines = view_form.lines_given(agent, request.POST)
            if request.POST.get("do") == "save":
                return _save(request, found, lines, values)
            if request.POST.get("do") == "add" and lines is not None:
                lines = view_form.added(agent, lines, request.POST.get("new", ""))
        except ValueError as error:
            problem = phrases.reason(error)
    context = _context(agent, found, lines, values) | {"problem": problem}
    return render(request, "console/view.html", context, status=422 if problem else 200)


def _save(
    request: HttpRequest, found: View | None, lines: list[Line] | None, values: dict[str, str]
) -> HttpResponse:
    """Keep it and show its list; raises ValueError with what is wrong with the whole."""
    agent = agent_of(request)
    if lines is None and found is not None:
        asked: list[dict[str, Any]] | None = found.conditions
    else:
        asked = view_form.asked_by(agent, lines or [])
    if asked is None:
        context = _context(agent, found, lines, values)
        if not lines:
            raise BadCondition(pgettext("filter", "Add a condition first."))
        return render(request, "console/view.html", context, status=422)
    share = values["share"]
    team = access.team(agent, number) if (number := identifier(share)) is not None else None
    asked = view_form.joined(values["join"], asked)
    given: dict[str, Any] = {"sort": values["sort"], "icon": values["icon"], "team": team}
    with unit(agent, DOOR):
        if found is None:
            made = actions.save_view(agent, values["name"], asked, is_shared=bool(share), **given)
        else:
            made = actions.change_view(
                agent, found, name=values["name"], asked=asked, is_shared=bool(share), **given
            )
    told(request, pgettext("toast", "Filter saved"))
    return HttpResponseRedirect(f"/?view={filters.of_view(made).key}")


def _context(
    agent: Agent, found: View | None, lines: list[Line] | None, values: dict[str, str]
) -> dict[str, Any]:
    return {
        "view": found,
        "lines": lines,
        "is_nested": lines is None,
        "values": values,
        "addable": view_form.addable(),
        "sorts": [(sort.name, sort.label) for sort in SORTS.values()],
        "icons": ICONS,
        "may_share": bool(can(agent, "view.share")),
        "teams": [(str(pk), name) for pk, name in access.teams(agent).values_list("pk", "name")],
        "filter": filters.of_view(found) if found else None,
    }


@require_POST
def delete(request: HttpRequest, view_id: int) -> HttpResponse:
    """Off the list; the toast brings it back."""
    agent = agent_of(request)
    found = saved.view(agent, view_id)
    with unit(agent, DOOR):
        actions.delete_view(agent, found)
    said = pgettext("toast", "Filter “%(name)s” deleted") % {"name": found.name}
    told(request, said, f"/views/{found.pk}/restore")
    return HttpResponseRedirect("/")


@require_POST
def restore(request: HttpRequest, view_id: int) -> HttpResponse:
    """Back on the list."""
    agent = agent_of(request)
    found = saved.removed_view(agent, view_id)
    try:
        with unit(agent, DOOR):
            actions.restore_view(agent, found)
    except ValueError as error:
        refused(request, error)
    else:
        told(request, pgettext("toast", "Undone"))
    return HttpResponseRedirect(f"/?view={filters.of_view(found).key}")
