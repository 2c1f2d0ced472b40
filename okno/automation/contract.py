"""What an action is: a verb on one conversation, under a name, with a value that JSON can hold."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.utils.functional import Promise

from okno.desk.models import Conversation
from okno.kit.registry import Registry, Unknown
from okno.spine import Actor

Value = Any
Act = Callable[[Conversation], object]


@dataclass(frozen=True)
class Action:
    """One action. `bind` looks up what the value names, as far as that actor sees it, and returns
    the verb for any number of conversations; it raises ValueError for what does not fit."""

    name: str
    label: str | Promise
    bind: Callable[[Actor, Value], Act]


actions: Registry[Action] = Registry("action")


def action(name: str, label: str | Promise) -> Callable[[Callable[[Actor, Value], Act]], Action]:
    """Declare an action by its `bind`."""
    return lambda bind: actions.add(name, Action(name, label, bind))


def bound(actor: Actor, name: str, value: Value = None) -> Act:
    """The action of that name as a verb that the actor does to a conversation.

    Raises ValueError for an unknown name or a value that does not fit, in words for who chose it;
    the verb raises what verbs of the desk raise.
    """
    try:
        found = actions.get(name)
    except (Unknown, TypeError):
        known = ", ".join(actions.names())
        raise ValueError(f"no action {str(name)[:40]!r}; known: {known}") from None
    return found.bind(actor, value)
