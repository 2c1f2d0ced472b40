"""What conversations point to: channels, agents, teams, tags."""

from django.http import HttpResponse
from ninja import Query, Router

from okno.access import queries as people
from okno.api import shapes
from okno.api.auth import Request
from okno.api.pages import Paging, by_id, listed, page_of
from okno.desk import composing, queries

router = Router(tags=["directory"])


@router.get("/channels", response=page_of(shapes.ChannelShape))
def list_channels(request: Request, paging: Query[Paging]) -> HttpResponse:
    """Connected accounts; never their settings or secrets."""
    rows, following = by_id(queries.channels(request.auth), paging)
    return listed(map(shapes.ChannelShape.of, rows), following)


@router.get("/agents", response=page_of(shapes.AgentShape))
def list_agents(request: Request, paging: Query[Paging]) -> HttpResponse:
    """People who answer."""
    rows, following = by_id(people.agents(request.auth).prefetch_related("teams"), paging)
    return listed(map(shapes.AgentShape.of, rows), following)


@router.get("/teams", response=page_of(shapes.Named))
def list_teams(request: Request, paging: Query[Paging]) -> HttpResponse:
    """Groups of agents."""
    rows, following = by_id(people.teams(request.auth), paging)
    return listed(map(shapes.named, rows), following)


@router.get("/saved-replies", response=page_of(shapes.SavedReplyShape))
def list_saved_replies(request: Request, paging: Query[Paging]) -> HttpResponse:
    """Ready texts you may use, with their placeholders as they are written."""
    rows, following = by_id(composing.saved_replies(request.auth).order_by(), paging)
    return listed(map(shapes.SavedReplyShape.of, rows), following)


@router.get("/tags", response=page_of(shapes.Named))
def list_tags(request: Request, paging: Query[Paging]) -> HttpResponse:
    """Word labels."""
    rows, following = by_id(queries.tags(request.auth), paging)
    return listed(map(shapes.named, rows), following)
