"""Merge and split."""

from django.http import HttpResponse
from ninja import Path, Router

from okno.api import shapes
from okno.api.auth import Request
from okno.api.routes.conversations import conversation_now, seen
from okno.api.schemas import Id, MergeIn, SplitIn
from okno.api.writing import Call, KeyHeader, Right, once
from okno.desk import actions, queries

router = Router(tags=["conversations"])


@router.post("/conversations/{number}/merge", response=shapes.ConversationShape)
def merge_conversation(
    request: Request, number: Path[Id], data: MergeIn, key: KeyHeader = None
) -> HttpResponse:
    """Move all of it into another conversation, which is the answer."""
    source = queries.conversation(request.auth, number)
    target = queries.conversation(request.auth, data.into)

    def effect(call: Call) -> tuple[int, shapes.ConversationShape]:
        actions.merge(request.auth, source, target)
        return 200, conversation_now(target.pk)

    right = Right("conversation.change", target, seen(request))
    return once(request, key, effect, right=right)


@router.post("/conversations/{number}/split", response={201: shapes.ConversationShape})
def split_conversation(
    request: Request, number: Path[Id], data: SplitIn, key: KeyHeader = None
) -> HttpResponse:
    """Move some of its messages into a new conversation, which is the answer."""
    source = queries.conversation(request.auth, number)

    def effect(call: Call) -> tuple[int, shapes.ConversationShape]:
        wanted = set(data.messages)
        chosen = [row for row in queries.messages(source) if row.pk in wanted]
        if len(chosen) != len(wanted):
            raise ValueError("choose messages of this conversation")
        made = actions.split(request.auth, source, chosen, subject=data.subject)
        return 201, conversation_now(made.pk)

    right = Right("conversation.change", source, seen(request))
    return once(request, key, effect, right=right)
