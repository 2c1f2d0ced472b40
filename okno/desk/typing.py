"""Who types where, right now: in memory only, never stored, gone after some seconds.

It lives in the process that serves the pages. With several of them a viewer sees only those who
type in the same one.
"""

import threading
import time
from collections.abc import Callable, Iterable
from dataclasses import dataclass

SECONDS = 6
LONGEST = 500
CLIENT = "client"
Listener = Callable[[int], None]


@dataclass(frozen=True)
class Typist:
    """Someone at the keys: `client`, or an agent as `agent:<id>`; a client's words so far."""

    who: str
    name: str
    text: str
    until: float


_lock = threading.Lock()
_typists: dict[int, dict[str, Typist]] = {}
_listeners: set[Listener] = set()


def types(conversation: int, who: str, name: str, text: str = "", *, stops: bool = False) -> None:
    """Note that someone types in a conversation the caller may write in, or has stopped."""
    now = time.monotonic()
    with _lock:
        here = {k: t for k, t in _typists.pop(conversation, {}).items() if t.until > now}
        here.pop(who, None)
        if not stops:
            here[who] = Typist(who, name, text[:LONGEST], now + SECONDS)
        if here:
            _typists[conversation] = here
        listeners = list(_listeners)
    for tell in listeners:
        tell(conversation)


def typists(conversation: int) -> list[Typist]:
    """Who types there now."""
    now = time.monotonic()
    with _lock:
        return [t for t in _typists.get(conversation, {}).values() if t.until > now]


def agents(found: Iterable[Typist]) -> list[Typist]:
    """Those of them who answer."""
    return [typist for typist in found if typist.who != CLIENT]


def listen(tell: Listener) -> Callable[[], None]:
    """Call `tell` with a conversation's number at each change, from any thread; returns the end."""
    with _lock:
        _listeners.add(tell)

    def end() -> None:
        with _lock:
            _listeners.discard(tell)

    return end
