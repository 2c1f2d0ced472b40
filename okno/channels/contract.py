"""What a kind of channel implements, as small as it works. No database inside.

A new kind is one folder with an `adapter.py` that registers itself, and one line in
`config/kinds.py`.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from okno.access.system_mail import SystemEmail
from okno.desk.contract import Abilities, Parsed, Person, abilities
from okno.kit.blobs import File
from okno.kit.outcomes import Outcome
from okno.kit.registry import Registry


@dataclass(frozen=True)
class Account:
    """A channel as its adapter sees it: plain values, secrets opened."""

    id: int
    kind: str
    name: str
    address: str
    settings: dict[str, Any]
    # Not in its words: those get into logs and tracebacks.
    secrets: dict[str, str] = field(repr=False)
    language: str = "en"
    signature: str = ""
    own_addresses: tuple[str, ...] = ()


@dataclass(frozen=True)
class Raw:
    """One accepted item as its door got it: the bytes, and what only the door knows."""

    body: bytes
    meta: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Recipient:
    """One delivery of an outgoing message."""

    delivery_id: int
    address: str
    name: str
    is_copy: bool


@dataclass(frozen=True)
class Outbound:
    """A message on its way out: same id and bytes on every try. `recipients` are those of this
    try, `to` and `copies` all that the message names."""

    message_id: int
    conversation: int
    subject: str
    text: str
    html: str
    author: str
    signature: str
    created_at: datetime
    recipients: tuple[Recipient, ...]
    to: tuple[Person, ...]
    copies: tuple[Person, ...]
    files: tuple[File, ...]
    references: tuple[str, ...]
    in_reply_to: str
    is_automatic: bool = False
    # The aside it belongs to: its answers must come back there, never to the conversation.
    aside: int | None = None


@dataclass(frozen=True)
class Health:
    """What `check` found: all well, or what is wrong in plain words."""

    is_well: bool
    text: str = ""


class Adapter(Protocol):
    """The contract every kind fulfils.

    `form_class` is a Django form of what only this kind asks an administrator: a field `address`,
    `sections` of (title, help, field names), and the methods `settings()` and `secrets()`.
    """

    kind: str
    label: str
    icon: str
    abilities: Abilities
    # The name, by language, of the channel that set-up makes of this kind; empty: none is made.
    begins_as: dict[str, str]
    form_class: type[Any]

    def canonical(self, address: str) -> str:
        """The one form of a client's address; raises ValueError with what is wrong."""

    def parse(self, raw: Raw, account: Account) -> Sequence[Parsed]:
        """What an item says. Pure; raises Unreadable when it cannot be read."""

    def send(
        self, outbound: Outbound, account: Account, at_risk: Callable[[], None]
    ) -> dict[int, Outcome]:
        """Try to send; an outcome for each delivery id. Calls `at_risk` right before the bytes
        after which a lost answer no longer means "not arrived"."""

    def check(self, account: Account) -> Health:
        """Try the account for the administrator."""


class SystemMailSender(Protocol):
    """How a kind sends letters of the installation to its people."""

    def can_send(self, account: Account | None) -> bool:
        """Whether a server is known; without an account the one of the installation."""

    def send(
        self, account: Account | None, letter: SystemEmail, at_risk: Callable[[], None]
    ) -> Outcome:
        """Try once to hand the letter over; `at_risk` as for `Adapter.send`."""


class Unreadable(ValueError):
    """The item cannot be parsed; its raw form is kept and shown."""


class Door(Protocol):
    """A way in that a process keeps open between `start` and `stop`."""

    def start(self) -> None: ...

    def stop(self) -> None: ...

    def is_alive(self) -> bool: ...


adapters: Registry[Adapter] = Registry("kind of channel")
doors: Registry[Callable[[], Door]] = Registry("door")
system_mail_senders: Registry[SystemMailSender] = Registry("kind that sends system mail")
# Looks into the account where messages come from and says what is there, by kind.
probes: Registry[Callable[[Account], Health]] = Registry("probe")

# Takes one item from a program's standard input: bytes and address to an exit code (sysexits).
pipes: Registry[Callable[[bytes, str], int]] = Registry("pipe")


# How a kind calls an address that says nothing to people: an address to words, None for a foreign
# one. Without a name their owner is called so.
callings: Registry[Callable[[str], str | None]] = Registry("way of calling")


def install(adapter: Adapter) -> None:
    """Register a kind with the product."""
    adapters.add(adapter.kind, adapter)
    abilities.add(adapter.kind, adapter.abilities)
