"""Full-text search."""

import json
from typing import Annotated, Literal

from django.http import HttpResponse
from ninja import Query, Router
from pydantic import AfterValidator, Field

from okno.access import limits
from okno.api import shapes
from okno.api.auth import Request
from okno.api.errors import TooMany
from okno.api.pages import Paging
from okno.desk.search import find

router = Router(tags=["conversations"])
# A search costs more than other questions: (times, within seconds) for one token.
SEARCHES = ((600, 60),)


def _no_nul(text: str) -> str:
    return text.replace("\0", " ")


class Question(Paging):
    """`q`: words that must all occur, a number (#12), a name, an address, and operators.

    "in a row", -without, status:, tag:, assignee: (me, nobody), team:, channel:, from:, priority:,
    is:, before:, after:, or their Russian names. What cannot be read is searched for as words and
    told in `problems`.
    """

    q: Annotated[str, Field(max_length=300), AfterValidator(_no_nul)]
    sort: Literal["newest", "best"] = "newest"


@router.get("/search", response=shapes.HitPage)
def search_conversations(request: Request, question: Query[Question]) -> HttpResponse:
    """Conversations you may see, newest fitting message first; without spam and the bin."""
    if wait := limits.wait_for("api-search", str(request.auth.token_id), SEARCHES):
        raise TooMany(wait)
    found = find(
        request.auth,
        question.q,
        after=question.after,
        limit=question.limit,
        is_best_first=question.sort == "best",
    )
    items = ",".join(shapes.hit(row).model_dump_json() for row in found.rows)
    problems = json.dumps([vars(problem) for problem in found.problems])
    text = f'{{"items":[{items}],"next":"{found.next}","problems":{problems}}}'
    return HttpResponse(text, content_type="application/json")
