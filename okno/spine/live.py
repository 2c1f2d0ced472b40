"""Live hints: tells open pages which parts have news, never the news itself.

Permission is asked at each hint and again at each fetch; reconnecting with `Last-Event-ID` is the
same path, and an id older than the window means: reload the region.
"""

import asyncio
import json
import logging
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from django.db import connections

from okno.spine import boards, reading, trailing, wake
from okno.spine.contract import PARTS, Happened
from okno.spine.contract import events as known

WINDOW = 1000
BEAT_SECONDS = 20
BEAT = b": beat\n\n"
log = logging.getLogger(__name__)

# What a floor above says of a subject type: facts of ids, and whether a viewer sees those facts.
Facts = Callable[[set[int]], dict[int, Any]]
Sees = Callable[[Any, Any], bool]
# The facts as they were before an event that took the subject out of somebody's sight, else None.
Before = Callable[[Happened, Any], Any]
_audiences: dict[str, tuple[Facts, Sees, Before]] = {}


def audience(
    subject_type: str, facts: Facts, sees: Sees, before: Before = lambda event, facts: None
) -> None:
    """Let hints of a subject type out, to the viewers who see or saw it; others stay silent."""
    _audiences[subject_type] = (facts, sees, before)


@dataclass(frozen=True)
class Hint:
    """News of one subject, up to one event."""

    id: int
    subject_type: str
    subject_id: int
    parts: tuple[str, ...]
    facts: Any
    owes: tuple[str, ...] = ()

    def as_line(self) -> bytes:
        """The Server-Sent Event (WHATWG HTML, section 9.2)."""
        data = json.dumps({self.subject_type: self.subject_id, "parts": list(self.parts)})
        return f"id: {self.id}\ndata: {data}\n\n".encode()


def parts_of(event: Happened) -> tuple[str, ...]:
    """Which regions of a page an event touches."""
    # A newer process may have recorded what this one does not know.
    return known.get(event.name).parts if event.name in known else PARTS


@dataclass(eq=False)
class Stream:
    """One open page: its viewer and the hints waiting for it, newest per subject."""

    viewer: Any
    loop: asyncio.AbstractEventLoop
    waiting: dict[tuple[str, int], Hint] = field(default_factory=dict)
    awake: asyncio.Event = field(default_factory=asyncio.Event)
    due: set[str] = field(default_factory=set)
    owed: trailing.Owed = field(default_factory=trailing.Owed)
    must_reload: bool = False
    is_closed: bool = False

    def offer(self, hints: list[Hint]) -> None:
        """Take what the viewer may see; bursts coalesce. Runs in the stream's loop."""
        for hint in hints:
            if _audiences[hint.subject_type][1](self.viewer, hint.facts):
                key = (hint.subject_type, hint.subject_id)
                before = self.waiting.pop(key, None)
                parts = tuple(dict.fromkeys((before.parts if before else ()) + hint.parts))
                self.waiting[key] = Hint(hint.id, *key, parts, hint.facts)
                self.owed.add(hint.id, hint.owes)
        if self.waiting or self.must_reload:
            self.awake.set()

    def settle(self, at: dict[str, int]) -> None:
        """Readers have moved: what the page waited for can be fetched. Runs in the loop."""
        self.due.update(self.owed.settle(at))
        if self.due:
            self.awake.set()

    async def next(self) -> bytes:
        """The next bytes for the page, a comment when nothing happened for a while."""
        return self.take() if await self.wait() else BEAT

    async def wait(self) -> bool:
        """Until there is something to `take`; False when nothing happened for a while."""
        try:
            await asyncio.wait_for(self.awake.wait(), BEAT_SECONDS)
        except TimeoutError:
            return False
        self.awake.clear()
        return True

    def take(self) -> bytes:
        """What waits for the page, asked once more of the viewer as they are by now."""
        lines = [
            hint.as_line()
            for hint in self.waiting.values()
            if _audiences[hint.subject_type][1](self.viewer, hint.facts)
        ]
        self.waiting.clear()
        if self.due:
            # Without an id: a page that comes back starts from the last event it saw.
            lines.append(f"data: {json.dumps({'parts': sorted(self.due)})}\n\n".encode())
            self.due.clear()
        if self.must_reload:
            self.must_reload = False
            lines.append(b"event: reload\ndata: {}\n\n")
        return b"".join(lines)

    def drop(self) -> list[int]:
        """For who asks anew by themselves at each ring: forget what waits and what readers owe.

        Returns the ids of the hints."""
        ids = [hint.id for hint in self.waiting.values()]
        self.waiting.clear()
        self.due.clear()
        self.owed.last.clear()
        self.must_reload = False
        return ids


class Hub:
    """Reads the log once for all streams of this process."""

    def __init__(self) -> None:
        self.streams: set[Stream] = set()
        self.stopping = threading.Event()
        self._position = 0
        # All hints after this position are in `_recent`.
        self._since = 0
        self._recent: list[Hint] = []
        self._lock = threading.Lock()
        self._watch = trailing.Watch()

    def start(self) -> None:
        """Begin at the present end of the log."""
        self._position = self._since = reading.newest_id()
        threading.Thread(target=self._run, name="live", daemon=True).start()
        # A process that serves pages only has no other bell.
        bell = threading.Thread(target=wake.listen, args=(self.stopping,), name="bell", daemon=True)
        bell.start()

    def open(self, viewer: Any, last_id: int | None) -> Stream:
        """A stream for a page that has seen everything up to `last_id`."""
        stream = Stream(viewer, asyncio.get_running_loop())
        with self._lock:
            self.streams.add(stream)
            missed = [h for h in self._recent if last_id is not None and h.id > last_id]
            stream.must_reload = last_id is not None and last_id < self._since
        stream.offer(missed)
        return stream

    def close(self, stream: Stream) -> None:
        """Forget a page that went away."""
        with self._lock:
            self.streams.discard(stream)

    def stop(self) -> None:
        """End every stream, so that the server can stop."""
        self.stopping.set()
        wake.ring()
        with self._lock:
            streams = list(self.streams)
        for stream in streams:
            stream.is_closed = True
            stream.loop.call_soon_threadsafe(stream.awake.set)

    def _run(self) -> None:
        while not self.stopping.is_set():
            seen = wake.rings(wake.EVENTS)
            boards.sweep()
            try:
                stepped = self._step()
                self._settle()
                if stepped:
                    continue
            except Exception as error:
                log.warning("live: %s, going on", type(error).__name__)
                connections.close_all()
            wake.wait(wake.EVENTS, seen, self._watch.pause)
        connections.close_all()

    def _step(self) -> bool:
        if not self.streams and self._skip():
            return False
        events = reading.happened_after(self._position, 500)
        if not events:
            return False
        hints = self._hints(events)
        self._position = events[-1].id
        with self._lock:
            kept = (self._recent + hints)[-WINDOW:]
            if len(kept) < len(self._recent) + len(hints):
                self._since = kept[0].id - 1
            self._recent = kept
        for hint in hints:
            self._watch.expect(hint.id, hint.owes)
        for loop, streams in self._by_loop().items():
            loop.call_soon_threadsafe(_publish, streams, hints)
        return True

    def _by_loop(self) -> dict[asyncio.AbstractEventLoop, list[Stream]]:
        loops: dict[asyncio.AbstractEventLoop, list[Stream]] = {}
        with self._lock:
            for stream in self.streams:
                loops.setdefault(stream.loop, []).append(stream)
        return loops

    def _settle(self) -> None:
        if at := self._watch.news():
            for loop, streams in self._by_loop().items():
                loop.call_soon_threadsafe(_settle, streams, at)

    def _skip(self) -> bool:
        """Nobody listens: pass over what happened; a page that comes back is told to reload.

        The end is read first and a stream opens under the lock, so none loses what comes after.
        """
        newest = reading.newest_id()
        with self._lock:
            if self.streams:
                return False
            self._recent.clear()
            self._position = self._since = newest
            return True

    def _hints(self, events: list[Happened]) -> list[Hint]:
        ids: dict[str, set[int]] = {}
        for event in events:
            if event.subject_type in _audiences:
                ids.setdefault(event.subject_type, set()).add(event.subject_id)
        facts = {kind: _audiences[kind][0](found) for kind, found in ids.items()}
        hints = []
        for e in events:
            known = facts.get(e.subject_type, {}).get(e.subject_id)
            if known is None:
                continue
            before = _audiences[e.subject_type][2](e, known)
            for fact in (known, before) if before is not None else (known,):
                owes = trailing.owes(e)
                hints.append(Hint(e.id, e.subject_type, e.subject_id, parts_of(e), fact, owes))
        return hints


def _publish(streams: list[Stream], hints: list[Hint]) -> None:
    for stream in streams:
        stream.offer(hints)


def _settle(streams: list[Stream], at: dict[str, int]) -> None:
    for stream in streams:
        stream.settle(at)
