"""The log, for programs that follow it."""

from dataclasses import asdict

from django.http import HttpResponse
from ninja import Query, Router

from okno.access.policy import authorize
from okno.api import shapes
from okno.api.auth import Request
from okno.api.pages import Paging, listed, page_of
from okno.spine.reading import happened_after

router = Router(tags=["events"])


@router.get("/events", response=page_of(shapes.EventShape))
def list_events(request: Request, paging: Query[Paging]) -> HttpResponse:
    """What happened, in order: ids, numbers and codes, no texts. Needs the scope `admin`.

    Unlike elsewhere `next` is never empty, so that you can ask again later where you stopped.
    """
    authorize(request.auth, "event.view")
    start = paging.after_id()
    rows = happened_after(start, paging.limit)
    following = rows[-1].id if rows else start
    return listed((shapes.EventShape(**asdict(row)) for row in rows), str(following))
