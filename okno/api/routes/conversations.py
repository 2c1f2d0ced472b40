"""Conversations: list, open, read, change."""

import json
import uuid
from collections.abc import Callable
from typing import Annotated, Any

from django.db.models import Q
from django.http import HttpResponse
from ninja import Path, Query, Router
from pydantic import Field

from okno.access.policy import Forbidden, authorize, person
from okno.api import changes, shapes
from okno.api.addresses import canonical_person
from okno.api.auth import Request
from okno.api.errors import Refused
from okno.api.pages import Paging, listed, page_of, shown
from okno.api.schemas import ConversationIn, ConversationPatch, Id, Moment, StatusName, Word
from okno.api.writing import Call, KeyHeader, Right, once
from okno.contacts.queries import family_of
from okno.desk import catalogue, queries, saved
from okno.desk.actions import Body, receive, write_first
from okno.desk.buckets import where
from okno.desk.conditions import Expression, parse
from okno.desk.contract import Incoming, Level
from okno.desk.models import Channel
from okno.desk.rules import Place, sees
from okno.kit.uploads import takes_files
from okno.spine import SYSTEM

router = Router(tags=["conversations"])
Whom = Annotated[str, Field(pattern=r"^(me|none|[1-9][0-9]{0,17})$")]
Which = Annotated[str, Field(pattern=r"^(none|[1-9][0-9]{0,17})$")]


class Filters(Paging):
    """What may be asked of the list; spam and the bin are left out unless asked for."""

    status: StatusName | None = None
    assignee: Whom | None = None
    team: Which | None = None
    channel: Id | None = None
    tag: Word | None = None
    requester: Id | None = None
    suggested: Id | None = None
    spam: bool = False
    bin: bool = False
    updated_after: Moment | None = None
    view: Id | None = None
    conditions: Annotated[
        str | None,
        Field(max_length=10_000, description="JSON as the conditions of a view; all must fit"),
    ] = None

    def where(self, request: Request) -> Q:
        """The condition of these filters."""
        found = Q(is_spam=self.spam, binned_at__isnull=not self.bin)
        if self.status:
            found &= Q(status=self.status)
        if self.assignee:
            me = str(getattr(person(request.auth), "pk", 0))
            found &= _owner("assignee_id", me if self.assignee == "me" else self.assignee)
        if self.team:
            found &= _owner("team_id", self.team)
        if self.channel:
            found &= Q(channel_id=self.channel)
        if self.tag:
            found &= catalogue.tagged(self.tag)
        if self.requester:
            found &= family_of(self.requester)
        if self.suggested:
            found &= Q(suggested_id=self.suggested)
        if self.updated_after:
            found &= queries.happened_since(self.updated_after)
        return found & self._fits(request)

    def _fits(self, request: Request) -> Q:
        found = Q()
        if self.view:
            found &= where(parse(saved.view(request.auth, self.view).conditions), request.auth)
        if self.conditions:
            found &= _expression(self.conditions).where(request.auth)
        return found


def _expression(text: str) -> Expression:
    try:
        return parse(json.loads(text))
    except (ValueError, RecursionError) as error:
        raise Refused(f"conditions: {error}") from error


def _owner(field: str, value: str) -> Q:
    return Q(**{f"{field}__isnull": True} if value == "none" else {field: int(value)})


def conversation_now(number: int) -> shapes.ConversationShape:
    """A conversation as the writer left it, even where the change took it out of their sight."""
    return shapes.conversation(queries.row(SYSTEM, number))


@router.get("/conversations", response=page_of(shapes.ConversationShape))
def list_conversations(request: Request, filters: Query[Filters]) -> HttpResponse:
    """Conversations you may see, by time of the last message, newest first."""
    page = queries.listing(
        request.auth, filters.where(request), after=filters.after, limit=filters.limit
    )
    return listed((shapes.conversation(row) for row in page.rows), page.next)


@takes_files
@router.post("/conversations", response={201: shapes.ConversationShape})
def open_conversation(
    request: Request, data: ConversationIn, key: KeyHeader = None
) -> HttpResponse:
    """`direction` in: as if the client had written, nothing is sent. Out: our first letter."""

    def effect(call: Call) -> tuple[int, shapes.ConversationShape]:
        channel = queries.channel(request.auth, data.channel)
        write = _from_client if data.direction == "in" else _to_client
        return 201, conversation_now(write(request, channel, data, call))

    right = Right("conversation.open", sees=seen(request))
    return once(request, key, effect, data.attachments, right=right)


def seen(request: Request) -> Callable[[dict[str, Any]], object]:
    """Looks for the conversation of a kept answer; raises NotVisible."""
    return lambda kept: queries.conversation(request.auth, kept["number"])


def _from_client(request: Request, channel: Channel, data: ConversationIn, call: Call) -> int:
    authorize(request.auth, "conversation.open", channel)
    if not sees(person(request.auth), Place(channel.team_id, None)):
        raise Forbidden("what comes in by this channel goes to another team")
    if not data.text.strip() and not call.files:
        raise ValueError("write something first")
    incoming = Incoming(
        external_id=call.key or f"api:{uuid.uuid4().hex}",
        sender=canonical_person(channel.kind, data.requester),
        level=Level.CLAIMED,
        text=data.text,
        subject=data.subject,
    )
    return receive(channel, incoming, call.files).conversation_id


def _to_client(request: Request, channel: Channel, data: ConversationIn, call: Call) -> int:
    conversation = write_first(
        request.auth,
        channel,
        canonical_person(channel.kind, data.requester),
        data.subject,
        Body(data.text, data.html),
        files=call.files,
        key=call.key,
    )
    return conversation.pk


@router.get("/conversations/{number}", response=shapes.ConversationShape)
def get_conversation(request: Request, number: Path[Id]) -> HttpResponse:
    """One conversation."""
    return shown(shapes.conversation(queries.row(request.auth, number)))


@router.patch("/conversations/{number}", response=shapes.ConversationShape)
def change_conversation(
    request: Request, number: Path[Id], data: ConversationPatch
) -> HttpResponse:
    """Change what is named, all or nothing."""
    found = queries.conversation(request.auth, number)

    def effect(call: Call) -> tuple[int, shapes.ConversationShape]:
        changes.apply(request.auth, found, data)
        return 200, conversation_now(number)

    return once(request, None, effect)
