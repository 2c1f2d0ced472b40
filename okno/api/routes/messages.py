"""Messages and notes of a conversation. Notes have a route of their own and never mix."""

from django.http import HttpResponse
from ninja import Path, Query, Router

from okno.access.policy import authorize
from okno.api import shapes
from okno.api.addresses import canonical_person
from okno.api.auth import Request
from okno.api.pages import Paging, cut, listed, page_of
from okno.api.schemas import Id, MessageIn, NoteIn
from okno.api.writing import Call, KeyHeader, Right, once
from okno.desk import actions, composing, queries
from okno.kit.uploads import takes_files

router = Router(tags=["messages"])


@router.get("/conversations/{number}/messages", response=page_of(shapes.MessageShape))
def list_messages(request: Request, number: Path[Id], paging: Query[Paging]) -> HttpResponse:
    """What both sides wrote, oldest first; with `aside` what was asked of others besides."""
    found = queries.conversation(request.auth, number)
    after = paging.after_id()
    rows = composing.thread(request.auth, found, after=after, limit=paging.limit + 1)
    rows, following = cut(rows, paging.limit, lambda row: str(row.pk))
    return listed(map(shapes.message, rows), following)


@takes_files
@router.post("/conversations/{number}/messages", response={201: shapes.MessageShape})
def write_message(
    request: Request, number: Path[Id], data: MessageIn, key: KeyHeader = None
) -> HttpResponse:
    """Answer the client. A 201 means it is stored and will be sent; see `delivery`."""
    found = queries.conversation(request.auth, number)

    def effect(call: Call) -> tuple[int, shapes.MessageShape]:
        copies = [canonical_person(found.channel.kind, who) for who in data.cc]
        written = actions.reply(
            request.auth,
            found,
            actions.Body(data.text, data.html),
            files=call.files,
            key=call.key,
            copies=copies,
            seen=data.seen,
        )
        return 201, shapes.message_of(written, *queries.of_message(written))

    right = Right(
        "conversation.reply", found, lambda kept: queries.message(request.auth, kept["id"])
    )
    return once(request, key, effect, data.attachments, right=right)


@router.get("/conversations/{number}/destinations", response=shapes.DestinationsShape)
def list_destinations(request: Request, number: Path[Id]) -> shapes.DestinationsShape:
    """Where an answer written now would go: by letter, into the chat, onto a request's page."""
    found = queries.conversation(request.auth, number)
    authorize(request.auth, "note.view", found)
    return shapes.destinations_of(found)


@router.get("/conversations/{number}/notes", response=page_of(shapes.NoteShape))
def list_notes(request: Request, number: Path[Id], paging: Query[Paging]) -> HttpResponse:
    """What colleagues wrote to each other, oldest first."""
    found = queries.conversation(request.auth, number)
    authorize(request.auth, "note.view", found)
    start = paging.after_id()
    rows = [note for note in queries.notes(request.auth, found) if note.pk > start]
    rows, following = cut(rows, paging.limit, lambda row: str(row.pk))
    return listed(map(shapes.note, rows), following)


@takes_files
@router.post("/conversations/{number}/notes", response={201: shapes.NoteShape})
def write_note(
    request: Request, number: Path[Id], data: NoteIn, key: KeyHeader = None
) -> HttpResponse:
    """Write to colleagues; the client never sees it."""
    found = queries.conversation(request.auth, number)

    def effect(call: Call) -> tuple[int, shapes.NoteShape]:
        written = actions.note(request.auth, found, data.text, files=call.files, key=call.key)
        return 201, shapes.note(written)

    right = Right("conversation.note", found)
    return once(request, key, effect, data.attachments, right=right)
