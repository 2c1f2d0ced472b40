"""Requests of one sort that come at the same moment are served together: one thread, one commit.

While some are served the next ones gather, so nothing waits for company.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any, Protocol

from django.db import close_old_connections
from django.http import HttpResponse

MOST_TOGETHER = 64
Environ = Mapping[str, Any]


class Counter(Protocol):
    """Where a kind serves one sort of requests."""

    def takes(self, method: str, path: str, content_type: str) -> bool:
        """Whether a request is of this sort."""

    def serve(self, environs: Sequence[Environ]) -> list[HttpResponse]:
        """Answers in the order of the requests; never raises for one of them."""


class Together:
    """A counter and who waits before it; lives in the loop's thread."""

    def __init__(self, counter: Counter, in_thread: Callable[..., Awaitable[Any]]) -> None:
        self.takes = counter.takes
        self._serve = counter.serve
        self._in_thread = in_thread
        self._waiting: list[tuple[Environ, asyncio.Future[HttpResponse]]] = []
        self._task: asyncio.Task[None] | None = None

    async def ask(self, environ: Environ) -> HttpResponse:
        """Wait for the answer; raises what serving raised."""
        answer: asyncio.Future[HttpResponse] = asyncio.get_running_loop().create_future()
        self._waiting.append((environ, answer))
        if self._task is None:
            self._task = asyncio.ensure_future(self._run())
        return await answer

    async def _run(self) -> None:
        while self._waiting:
            some = self._waiting[:MOST_TOGETHER]
            del self._waiting[: len(some)]
            try:
                answers = await self._in_thread(self._serve_now, [environ for environ, _ in some])
            except BaseException as error:
                for _, answer in some:
                    if not answer.done():
                        answer.set_exception(error)
                continue
            for (_, answer), response in zip(some, answers, strict=True):
                # Whoever went away meanwhile gets no answer; their message is accepted.
                if not answer.done():
                    answer.set_result(response)
        self._task = None

    def _serve_now(self, environs: list[Environ]) -> list[HttpResponse]:
        # As Django does before and after each request.
        close_old_connections()
        try:
            return self._serve(environs)
        finally:
            close_old_connections()
