"""One write: a unit in the token's name, done once for each Idempotency-Key.

The key follows draft-ietf-httpapi-idempotency-key-header; the answer is committed in the unit of
the effect, so there is no moment in which one exists without the other.
"""

import base64
import binascii
import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Annotated, Any

from django.db import IntegrityError
from django.http import HttpResponse
from ninja import Header
from pydantic import BaseModel, ValidationError

from okno.access.policy import authorize
from okno.api import actions, queries
from okno.api.auth import Request
from okno.api.errors import KeyReused, Refused
from okno.api.models import IdempotencyRecord
from okno.api.schemas import FileIn
from okno.desk.actions import Stale
from okno.desk.actions.conversations import Outdated
from okno.kit.blobs import File, Stored, TooLarge, keep
from okno.spine import unit

KeyHeader = Annotated[
    str | None,
    Header(
        None,
        alias="Idempotency-Key",
        min_length=1,
        max_length=255,
        pattern=r"^[!-~]+$",
        description="your own id of this request; repeat it safely within 24 hours",
    ),
]
RACES = 3


@dataclass(frozen=True)
class Call:
    """What an effect gets: a key of its own (None without the header) and its files on disk."""

    key: str | None = None
    files: Sequence[Stored] = field(default=())


@dataclass(frozen=True)
class Right:
    """What is asked before a kept answer is given again: keys are an agent's, and another of their
    tokens may do less; what was visible then may be another team's now.

    `permission` on the object `on`; `sees` looks for what the kept answer shows, and raises
    NotVisible.
    """

    permission: str
    on: Any = None
    sees: Callable[[dict[str, Any]], object] = field(default=lambda kept: None)

    def check(self, request: Request, record: IdempotencyRecord) -> None:
        """Raises Forbidden and NotVisible."""
        authorize(request.auth, self.permission, self.on)
        self.sees(json.loads(record.body))


Effect = Callable[[Call], tuple[int, BaseModel]]


def once(
    request: Request,
    key: str | None,
    effect: Effect,
    files: Sequence[FileIn] = (),
    *,
    right: Right | None = None,
) -> HttpResponse:
    """Run `effect` in a unit and answer with what it returns, (status, shape).

    With a key the answer is kept: the same request gets it again, while `right` holds, and nothing
    happens twice. Raises KeyReused for another request with the key, Refused for what a verb did
    not accept.
    """
    name, print_ = _namespaced(request, key), _fingerprint(request)
    if name is None:
        right = None
    elif right is None:
        raise TypeError("a request with a key needs a right to its answer")
    if name is not None and (done := queries.answered(request.auth.agent, name)) is not None:
        return _again(request, done, print_, right)
    call = Call(name, keep(_opened(files)))
    for attempt in range(RACES):
        try:
            return _attempt(request, call, print_, effect, right)
        except IntegrityError:
            # Somebody made the same row first (a new client, a new tag): look again, find it.
            if attempt == RACES - 1:
                raise
    raise AssertionError("not reached")


def _attempt(
    request: Request, call: Call, print_: str, effect: Effect, right: Right | None
) -> HttpResponse:
    try:
        with unit(request.auth, "api"):
            if call.key is None:
                status, shape = effect(call)
                return _answer(status, shape.model_dump_json())
            record, is_mine = actions.claim(request.auth.agent, call.key, print_)
            if not is_mine:
                return _again(request, record, print_, right)
            status, shape = effect(call)
            actions.fill(record, status, shape.model_dump_json())
            return _answer(status, record.body)
    except (Stale, Outdated, TooLarge, ValidationError):
        raise
    except ValueError as error:
        raise Refused(str(error)) from error


def _again(
    request: Request, record: IdempotencyRecord, print_: str, right: Right | None
) -> HttpResponse:
    if record.request_hash != print_:
        raise KeyReused("this Idempotency-Key came before with another request")
    if right is not None:
        right.check(request, record)
    return _answer(record.status, record.body)


def _answer(status: int, body: str) -> HttpResponse:
    return HttpResponse(body, status=status, content_type="application/json")


def _namespaced(request: Request, key: str | None) -> str | None:
    """An agent's keys never meet another's, and fit the 64 characters of Message.key."""
    if key is None:
        return None
    text = f"{request.auth.agent.pk}:{key}"
    return "api:" + hashlib.sha256(text.encode()).hexdigest()[:56]


def _fingerprint(request: Request) -> str:
    start = f"{request.method} {request.path}\n".encode()
    return hashlib.sha256(start + request.body).hexdigest()


def _opened(files: Sequence[FileIn]) -> list[File]:
    return [File(f.filename, f.content_type, _bytes(f)) for f in files]


def _bytes(file: FileIn) -> bytes:
    try:
        return base64.b64decode(file.content_base64, validate=True)
    except (binascii.Error, ValueError) as error:
        raise Refused(f"{file.filename}: this is not base64") from error
