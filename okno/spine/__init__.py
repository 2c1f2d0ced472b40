"""The spine: what happened, who reads it, what is due, and how others learn of it."""

from okno.spine.actors import SYSTEM, Actor, System
from okno.spine.contract import Happened, event
from okno.spine.units import current, record, unit, verb

__all__ = ["SYSTEM", "Actor", "Happened", "System", "current", "event", "record", "unit", "verb"]
