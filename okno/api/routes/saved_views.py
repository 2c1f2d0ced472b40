"""Saved filters: made, changed, deleted and brought back."""

from typing import Any

from django.http import HttpResponse
from ninja import Path, Query, Router

from okno.access import queries as people
from okno.access.models import Team
from okno.api import shapes
from okno.api.auth import Request
from okno.api.pages import Paging, by_id, listed, page_of
from okno.api.schemas import Id, ViewIn, ViewPatch
from okno.api.writing import Call, KeyHeader, Right, once
from okno.desk import actions, saved
from okno.desk.models import View

router = Router(tags=["views"])


@router.get("/views", response=page_of(shapes.ViewShape))
def list_views(request: Request, paging: Query[Paging]) -> HttpResponse:
    """Saved filters: your own and those shared with you. A count is kept for some; else null."""
    rows, following = by_id(saved.views(request.auth), paging)
    counts = saved.counts(request.auth)
    return listed((shapes.view(row, counts) for row in rows), following)


@router.post("/views", response={201: shapes.ViewShape})
def make_view(request: Request, data: ViewIn, key: KeyHeader = None) -> HttpResponse:
    """A new filter of yours. `conditions` are a list, all of which must fit; each is a condition
    or joins others: `{"any": [...]}`, `{"all": [...]}`, `{"not": {...}}`, up to 12 in all."""

    def effect(call: Call) -> tuple[int, shapes.ViewShape]:
        made = actions.save_view(
            request.auth,
            data.name,
            data.conditions,
            sort=data.sort,
            icon=data.icon,
            is_shared=data.is_shared,
            team=_team(request, data.team),
        )
        return 201, _shape(request, made)

    return once(request, key, effect, right=Right("view.change", sees=_seen(request)))


@router.get("/views/{view_id}", response=shapes.ViewShape)
def get_view(request: Request, view_id: Path[Id]) -> HttpResponse:
    """One filter."""
    shape = _shape(request, saved.view(request.auth, view_id))
    return HttpResponse(shape.model_dump_json(), content_type="application/json")


@router.patch("/views/{view_id}", response=shapes.ViewShape)
def change_view(
    request: Request, view_id: Path[Id], data: ViewPatch, key: KeyHeader = None
) -> HttpResponse:
    """Change what is named."""
    found = saved.view(request.auth, view_id)

    def effect(call: Call) -> tuple[int, shapes.ViewShape]:
        # As it is by now: somebody may have changed it since the right was asked.
        found = saved.view(request.auth, view_id)
        given: dict[str, Any] = {
            "name": found.name,
            "conditions": found.conditions,
            "sort": found.sort,
            "icon": found.icon,
            "is_shared": found.is_shared,
            "team": found.team_id,
        }
        given |= data.model_dump(exclude_unset=True)
        given["asked"], given["team"] = given.pop("conditions"), _team(request, given["team"])
        return 200, _shape(request, actions.change_view(request.auth, found, **given))

    return once(request, key, effect, right=Right("view.change", found, _seen(request)))


@router.delete("/views/{view_id}", response=shapes.ViewShape)
def delete_view(request: Request, view_id: Path[Id]) -> HttpResponse:
    """Take a filter off the list; the answer is as it was."""
    found = saved.view(request.auth, view_id)

    def effect(call: Call) -> tuple[int, shapes.ViewShape]:
        actions.delete_view(request.auth, found)
        return 200, _shape(request, found)

    return once(request, None, effect)


@router.post("/views/{view_id}/restore", response=shapes.ViewShape)
def restore_view(request: Request, view_id: Path[Id], key: KeyHeader = None) -> HttpResponse:
    """Bring a deleted filter back."""
    found = saved.removed_view(request.auth, view_id)

    def effect(call: Call) -> tuple[int, shapes.ViewShape]:
        actions.restore_view(request.auth, found)
        return 200, _shape(request, found)

    return once(request, key, effect, right=Right("view.change", found))


def _team(request: Request, team_id: int | None) -> Team | None:
    return people.team(request.auth, team_id) if team_id else None


def _shape(request: Request, row: View) -> shapes.ViewShape:
    return shapes.view(row, saved.counts(request.auth))


def _seen(request: Request) -> Any:
    return lambda kept: saved.view(request.auth, kept["id"])
