"""What came of one try to hand something to another server."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sent:
    """Taken over by the other side; `external_id` is its name for the message."""

    external_id: str
    answer: str = ""


@dataclass(frozen=True)
class Retry:
    """Not now. `after` seconds when the other side said, else the usual steps."""

    reason: str
    after: float | None = None


@dataclass(frozen=True)
class Refused:
    """No, for good; `reason` in the other side's words."""

    reason: str


@dataclass(frozen=True)
class Unknown:
    """It may have arrived: never repeated blindly."""

    reason: str


Outcome = Sent | Retry | Refused | Unknown
