"""Conversations, from the flat rows of the desk's lists."""

from datetime import datetime
from typing import Any

from pydantic import BaseModel

from okno.api.shapes.directory import Named


class ChannelOfConversation(BaseModel):
    id: int
    kind: str
    name: str


class Requester(BaseModel):
    id: int
    name: str
    address: str | None


class ConversationShape(BaseModel):
    number: int
    subject: str
    status: str
    priority: int
    channel: ChannelOfConversation
    requester: Requester
    assignee: Named | None
    team: Named | None
    tags: list[str]
    waiting_since: datetime | None
    due_at: datetime | None
    snoozed_until: datetime | None
    # Our own fields by their keys. Under `visit`, where no field of ours has that key, the visit.
    fields: dict[str, Any]
    # Where on a site the client was when they last wrote in its chat.
    visit: dict[str, Any] | None
    language: str
    is_spam: bool
    is_binned: bool
    # Where it may belong; merge it there, or set it to null.
    suggested: int | None
    version: int
    created_at: datetime
    last_message_at: datetime


class Hit(ConversationShape):
    """A conversation found, with the newest message that fits and a piece of its text."""

    message: int | None
    snippet: str


class SearchProblem(BaseModel):
    """What of a question could not be read, and what to write instead of `source` ("": unknown)."""

    code: str
    text: str
    source: str
    instead: str


class HitPage(BaseModel):
    """A page of a search."""

    items: list[Hit]
    next: str
    problems: list[SearchProblem]


_SAME = (
    "number",
    "subject",
    "status",
    "priority",
    "tags",
    "waiting_since",
    "due_at",
    "snoozed_until",
    "visit",
    "language",
    "is_spam",
    "version",
    "created_at",
    "last_message_at",
)


def conversation(row: dict[str, Any]) -> ConversationShape:
    """A flat row of the desk's list as it is shown."""
    return ConversationShape(**_parts(row))


def hit(row: dict[str, Any]) -> Hit:
    """A flat row of a search."""
    return Hit(**_parts(row), message=row["message_id"], snippet=row["snippet"])


def _parts(row: dict[str, Any]) -> dict[str, Any]:
    return {name: row[name] for name in _SAME} | {
        "channel": {
            "id": row["channel_id"],
            "kind": row["channel__kind"],
            "name": row["channel__name"],
        },
        "requester": {
            "id": row["requester_id"],
            "name": row["requester__name"],
            "address": row["identity__address"],
        },
        "assignee": _pair(row, "assignee"),
        "team": _pair(row, "team"),
        # The old name of `visit`: what programs were given once, they are given on.
        "fields": ({"visit": row["visit"]} if row["visit"] else {}) | row["fields"],
        "is_binned": row["binned_at"] is not None,
        "suggested": row["suggested_id"],
    }


def _pair(row: dict[str, Any], name: str) -> dict[str, Any] | None:
    if row[f"{name}_id"] is None:
        return None
    return {"id": row[f"{name}_id"], "name": row[f"{name}__name"]}
