"""Full-text search."""

from typing import Annotated

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import AfterValidator, Field

from okno.api import shapes
from okno.api.auth import Request
from okno.api.pages import Paging, listed, page_of
from okno.desk.search import find

router = Router(tags=["conversations"])


def _no_nul(text: str) -> str:
    return text.replace("\0", " ")


class Question(Paging):
    """`q`: words that must all occur, a number (#12), a name, an address or a tag."""

    q: Annotated[str, Field(max_length=300), AfterValidator(_no_nul)]


@router.get("/search", response=page_of(shapes.Hit))
def search_conversations(request: Request, question: Query[Question]) -> HttpResponse:
    """Conversations you may see, newest fitting message first; without spam and the bin."""
    page = find(request.auth, question.q, after=question.after, limit=question.limit)
    return listed(map(shapes.hit, page.rows), page.next)
