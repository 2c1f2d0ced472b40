"""Who acts. Always passed, never looked up in a thread."""

from dataclasses import dataclass
from typing import Protocol


class Actor(Protocol):
    """Anyone in whose name something is done: agent, contact, rule, system or token."""

    @property
    def actor_type(self) -> str: ...

    @property
    def actor_id(self) -> int | None: ...


@dataclass(frozen=True)
class System:
    """The product itself: readers, timers, intake."""

    actor_type: str = "system"
    actor_id: int | None = None


SYSTEM = System()
