"""What an administrator copies into a site so that a channel stands there."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from okno.desk.models import Channel
from okno.kit.registry import Registry


@dataclass(frozen=True)
class Snippet:
    """A line for a site, ready to copy; `help` says when to take it."""

    label: str
    help: str
    text: str


# By kind; a kind without pages of its own has none.
embeddings: Registry[Callable[[Channel], Sequence[Snippet]]] = Registry("embedding")


def snippets(channel: Channel) -> Sequence[Snippet]:
    """The lines of a channel, best first."""
    return embeddings.get(channel.kind)(channel) if channel.kind in embeddings else ()
