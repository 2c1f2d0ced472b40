"""What did not go out, and what a person decides about it."""

from collections.abc import Callable
from typing import Any

from django.http import HttpResponse
from ninja import Path, Query, Router

from okno.access.policy import authorize
from okno.api import shapes
from okno.api.auth import Request
from okno.api.pages import Paging, listed, page_of
from okno.api.schemas import Id
from okno.api.writing import Call, KeyHeader, Right, once
from okno.desk import actions, queries

router = Router(tags=["deliveries"])


@router.get("/stuck", response=page_of(shapes.StuckShape))
def list_stuck(request: Request, paging: Query[Paging]) -> HttpResponse:
    """Messages that failed, may not have arrived, are held or wait long, the oldest first."""
    authorize(request.auth, "stuck.view")
    found, following = queries.stuck_deliveries(
        request.auth, after=paging.after, limit=paging.limit
    )
    return listed(map(shapes.stuck, found), following)


@router.post("/deliveries/{delivery_id}/send-again", response=shapes.StuckShape)
def send_again(request: Request, delivery_id: Path[Id], key: KeyHeader = None) -> HttpResponse:
    """Try once more. After `uncertain` the client may get it twice: that is yours to decide."""
    return _decide(request, delivery_id, key, actions.send_again)


@router.post("/deliveries/{delivery_id}/mark-sent", response=shapes.StuckShape)
def mark_sent(request: Request, delivery_id: Path[Id], key: KeyHeader = None) -> HttpResponse:
    """It did arrive."""
    return _decide(request, delivery_id, key, actions.mark_sent_by_hand)


def _decide(
    request: Request, delivery_id: int, key: str | None, verb: Callable[[Any, Any], None]
) -> HttpResponse:
    found = queries.delivery(request.auth, delivery_id)

    def effect(call: Call) -> tuple[int, shapes.StuckShape]:
        verb(request.auth, found)
        return 200, shapes.stuck(queries.delivery(request.auth, delivery_id))

    right = Right("conversation.reply", found.message.conversation)
    return once(request, key, effect, right=right)
