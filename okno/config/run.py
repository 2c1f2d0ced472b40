"""Runs the parts of Okno in this process, and ends them cleanly."""

import asyncio
import fcntl
import gc
import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Awaitable, Callable
from contextlib import suppress
from functools import partial
from importlib import import_module
from pathlib import Path
from typing import Any

from django.conf import settings
from django.urls import get_resolver
from django.utils.module_loading import import_string
from granian.constants import Interfaces
from granian.server.embed import Server

from okno.channels.contract import doors
from okno.config import health, stored
from okno.config.descriptors import most_connections, raise_limit
from okno.config.kinds import COUNTERS, STREAMS
from okno.config.server import Application
from okno.config.supervisor import Supervisor
from okno.console import picture_store, pictures
from okno.console.live import live
from okno.kit.shares import expect_rows, use_row
from okno.spine import wake
from okno.spine.live import Hub
from okno.spine.worker import Worker

HARD_EXIT_SECONDS = 8
# Load balancers look each second or two, and believe the second or third refusal.
DRAIN_SECONDS = 5
log = logging.getLogger("okno")


class AlreadyRunning(RuntimeError):
    """Another `okno serve` holds this data folder."""


def lock_folder(folder: Path, *, is_shared: bool = False) -> Any:
    """Hold the data folder for this process; the lock goes with the process, however it ends.

    Parts that run apart share it among themselves, but not with `okno serve`.
    """
    handle = (folder / "serve.lock").open("a+")
    try:
        fcntl.flock(handle, (fcntl.LOCK_SH if is_shared else fcntl.LOCK_EX) | fcntl.LOCK_NB)
    except OSError:
        raise AlreadyRunning(
            f"another okno is serving from {folder}; stop it first, or set OKNO_DATA_DIR"
        ) from None
    if not is_shared:
        handle.truncate(0)
        handle.write(str(os.getpid()))
        handle.flush()
    return handle


class Parts:
    """What a process runs beside the pages."""

    def __init__(self, *, worker: bool, mail: bool) -> None:
        self.worker = Worker() if worker else None
        self.doors = [make() for make in doors] if mail else []

    def start(self) -> None:
        """Start what there is."""
        if self.worker:
            self.worker.start()
            # It reads the whole folder of files: nobody waits for it.
            threading.Thread(target=stored.sweep_at_start, daemon=True).start()
        for door in self.doors:
            door.start()

    def is_alive(self) -> bool:
        """Whether all of them still run."""
        worker = self.worker is None or self.worker.is_alive()
        return worker and all(door.is_alive() for door in self.doors)

    def stop(self) -> None:
        """Stop the doors first, then the workers."""
        for door in self.doors:
            door.stop()
        if self.worker:
            self.worker.stop()


def serve(
    *,
    web: bool = False,
    worker: bool = False,
    mail: bool = False,
    port: health.Port | None = None,
) -> int:
    """Run all that was asked for until SIGTERM or SIGINT; the exit code, after a clean stop.

    With pages, each part has a process of its own, and pages have OKNO_WEB_PROCESSES of them.
    `port` is where a process without pages says how it is. Raises OSError when the pages' address
    is taken.
    """
    if not web:
        return _process(worker=worker, mail=mail, port=port)
    _refuse_taken()
    # Now, so that a page that cannot be imported stops the start and not the first visitor.
    _ = get_resolver().url_patterns
    drain = _drain_seconds(is_alone=not (worker or mail))
    pages = range(settings.ENV["OKNO_WEB_PROCESSES"])
    expect_rows(len(pages))
    parts = [("web", partial(_process, web=True, row=row, drain=drain)) for row in pages]
    parts += [("worker", partial(_process, worker=True))] if worker else []
    parts += [("mailin", partial(_process, mail=True))] if mail else []
    return Supervisor(parts, grace_seconds=drain).run()


def _drain_seconds(*, is_alone: bool) -> float:
    """How long pages go on after they were told to stop. Only pages of several nodes have somebody
    who takes their place meanwhile."""
    given = settings.ENV["OKNO_DRAIN_SECONDS"]
    return float(given if given is not None else DRAIN_SECONDS if is_alone else 0)


def _process(
    *,
    web: bool = False,
    worker: bool = False,
    mail: bool = False,
    row: int = 0,
    drain: float = 0,
    port: health.Port | None = None,
) -> int:
    """Run in this process until SIGTERM or SIGINT; the exit code, after a clean stop.

    `row`: where it counts what is shared with its siblings (`kit.shares`). `drain`: for so many
    seconds pages go on after SIGTERM.
    """
    # A thread that reckons gives way to one that answers after a millisecond instead of five.
    sys.setswitchinterval(0.001)
    # What was imported stays; looking through it again and again is what collecting mostly costs.
    gc.freeze()
    limit = raise_limit()
    try:
        if web:
            use_row(row)
            asyncio.run(_serve_pages(most_connections(limit), drain))
        else:
            _serve_parts(Parts(worker=worker, mail=mail), port)
    except OSError as error:
        # An address that is taken, a certificate that cannot be read: nothing has begun.
        print(f"okno: {error}", file=sys.stderr)
        return 1
    return 0


def _serve_parts(parts: Parts, port: health.Port | None) -> None:
    stopping = threading.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda *_: stopping.set())
    if parts.worker is None:
        # A worker's own bell does that.
        threading.Thread(target=wake.speak, args=(stopping,), name="speaker", daemon=True).start()
    parts.start()
    if port is not None:
        port.begin(parts.is_alive)
    stopping.wait()
    health.drain()
    _exit_hard_later()
    parts.stop()


def _exit_hard_later() -> None:
    """Whatever hangs, the process is gone in time; leases and the log make that safe."""
    timer = threading.Timer(HARD_EXIT_SECONDS, os._exit, [0])
    timer.daemon = True
    timer.start()


def _address() -> tuple[str, int]:
    return settings.ENV["OKNO_BIND"] or ("127.0.0.1", 8000)


def _refuse_taken() -> None:
    """Raises OSError for an address in use: the servers themselves would share it."""
    host, port = _address()
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    socket.create_server((host, port), family=family).close()


async def _serve_pages(most: int, drain: float) -> None:
    hub = Hub()
    host, port = _address()
    counters = [import_module(name) for name in COUNTERS]
    application = Application(hub, _streams(), counters, most)
    server = Server(
        application,
        address=host,
        port=port,
        interface=Interfaces.ASGI,
        websockets=False,
        backpressure=most,
        log_access=False,
        log_enabled=False,
    )
    loop = asyncio.get_running_loop()
    stopping, hurrying = asyncio.Event(), asyncio.Event()

    def stop(number: signal.Signals) -> None:
        # A person at the terminal does not wait.
        if number == signal.SIGINT:
            hurrying.set()
        stopping.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop, number)
    # They read the database, which Django refuses in the loop's own thread.
    await asyncio.to_thread(hub.start)
    await asyncio.to_thread(picture_store.sweep)
    serving = asyncio.ensure_future(server.serve())
    await asyncio.wait(
        [serving, asyncio.ensure_future(stopping.wait())], return_when=asyncio.FIRST_COMPLETED
    )
    health.drain()
    if stopping.is_set():
        await _wait(hurrying, drain)
    _exit_hard_later()
    hub.stop()
    server.stop()  # type: ignore[no-untyped-call]
    await asyncio.gather(serving, return_exceptions=True)


async def _wait(event: asyncio.Event, seconds: float) -> None:
    with suppress(TimeoutError):
        await asyncio.wait_for(event.wait(), seconds)


def _streams() -> dict[str, Callable[..., Awaitable[None]]]:
    """What the dispatcher serves in its loop: the console's stream and those of kinds."""
    own = {"/live": live, pictures.PATH: pictures.picture}
    found = own | {path: import_string(name) for path, name in STREAMS.items()}
    return {path: partial(_stream, serve) for path, serve in found.items()}


def _stream(
    serve: Callable[..., Awaitable[None]], app: Application, scope: Any, receive: Any, send: Any
) -> Awaitable[None]:
    return serve(app.hub, app.in_thread, scope, receive, send)
