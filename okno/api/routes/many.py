"""One action for many conversations."""

from django.http import HttpResponse
from ninja import Router
from pydantic import BaseModel

from okno.access.policy import Forbidden, authorize
from okno.api.auth import Request
from okno.api.schemas import ActionIn
from okno.api.writing import Call, KeyHeader, Right, once
from okno.automation.contract import bound
from okno.desk import queries

router = Router(tags=["conversations"])


class LeftOut(BaseModel):
    """A conversation that stays as it was, and why."""

    number: int
    reason: str


class ManyShape(BaseModel):
    done: list[int]
    left: list[LeftOut]


@router.post("/actions", response=ManyShape)
def act_on_many(request: Request, data: ActionIn, key: KeyHeader = None) -> HttpResponse:
    """Do one action to up to 50 conversations; each is done or left out for itself."""

    authorize(request.auth, "conversation.open")

    def effect(call: Call) -> tuple[int, ManyShape]:
        act = bound(request.auth, data.action, data.value)
        found = {row.pk: row for row in queries.conversations(request.auth, data.numbers)}
        answer = ManyShape(done=[], left=[])
        for number in dict.fromkeys(data.numbers):
            try:
                if number not in found:
                    raise ValueError("there is no such conversation")
                act(found[number])
            except (ValueError, Forbidden) as error:
                answer.left.append(LeftOut(number=number, reason=str(error)))
            else:
                answer.done.append(number)
        return 200, answer

    # A kept answer holds numbers that were given and words about them, nothing of what they hold.
    return once(request, key, effect, right=Right("conversation.open"))
