"""What a kind of channel and the desk tell each other."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from okno.kit.blobs import File
from okno.kit.registry import Registry


class Level(StrEnum):
    """How sure we are who wrote: only `verified` may read history."""

    ANONYMOUS = "anonymous"
    CLAIMED = "claimed"
    VERIFIED = "verified"


class DeliveryState(StrEnum):
    """Where one message on its way to one recipient is."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    READ = "read"
    FAILED = "failed"
    UNCERTAIN = "uncertain"


class Medium(StrEnum):
    """What sort of talk a channel is. A message delivered by a form is on the page of a request."""

    LETTER = "letter"
    CHAT = "chat"
    FORM = "form"


@dataclass(frozen=True)
class Abilities:
    """What a kind of channel can do; the composer and the verbs adapt to it."""

    identity_kind: str
    medium: Medium = Medium.CHAT
    html: bool = False
    files: bool = True
    subject: bool = False
    copies: bool = False
    max_length: int = 1_000_000
    can_start: bool = False
    # What leaves waits a moment in which its writer can take it back.
    can_undo: bool = False
    reply_window_seconds: int | None = None

    @property
    def letters(self) -> bool:
        """What comes in is a letter, worth to be seen as it was, with its headers."""
        return self.medium == Medium.LETTER


@dataclass(frozen=True)
class Person:
    """Someone named by an incoming item: canonical address and shown name."""

    address: str
    name: str = ""


@dataclass(frozen=True)
class ThreadHint:
    """How an item says where it belongs, strongest first.

    `aside` and `number` only after the adapter has verified their token; `key` is the service's
    chat or session; `references` are ids of earlier messages; `mentioned` is a number in the
    subject, for people.
    """

    aside: int | None = None
    number: int | None = None
    key: str | None = None
    references: tuple[str, ...] = ()
    mentioned: int | None = None


@dataclass(frozen=True)
class Incoming:
    """What an adapter's `parse` made of one item that a client wrote.

    `is_automatic`: no person waits for an answer. `no_automatic_answer`: a program may not give
    one, whoever waits (RFC 3834): it came through a list, a group or a rule, or asks for silence.
    `visit` says where on a site they were: kept with the conversation, for agents.
    """

    external_id: str
    sender: Person | None
    level: Level
    text: str
    reply_text: str = ""
    html: str = ""
    subject: str = ""
    sent_at: datetime | None = None
    files: tuple[File, ...] = ()
    thread: ThreadHint = field(default_factory=ThreadHint)
    copies: tuple[Person, ...] = ()
    is_automatic: bool = False
    no_automatic_answer: bool = False
    is_spam: bool = False
    notices: tuple[str, ...] = ()
    language: str = ""
    visit: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Receipt:
    """News of a message we sent: delivered, read, delayed (`queued`), or failed with the other
    side's words. `otherwise` is shown when no message of ours is meant."""

    external_id: str
    state: DeliveryState
    recipient: str = ""
    detail: str = ""
    otherwise: Incoming | None = None


@dataclass(frozen=True)
class Ignore:
    """Nothing to keep beyond the raw item; `why` is a short code."""

    why: str


Parsed = Incoming | Receipt | Ignore

abilities: Registry[Abilities] = Registry("kind of channel")
