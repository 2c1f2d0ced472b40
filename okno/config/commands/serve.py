"""`okno serve`, `web`, `worker`, `mailin`."""

import argparse
import sys
from collections.abc import Callable

from django.conf import settings

from okno.access.queries import is_installed
from okno.channels.setup import set_up_code
from okno.config import health, keys, run, schema
from okno.spine import reading


def serve(given: argparse.Namespace) -> int:
    """Everything; a second one on the same folder is refused."""
    return _locked(_all, is_shared=False)


def _all() -> int:
    _refuse_unfinished()
    schema.wait(is_for_schema=False)
    schema.migrate()
    keys.confirm()
    _greet()
    return run.serve(web=True, worker=True, mail=True)


def web(given: argparse.Namespace) -> int:
    """Pages and API."""
    return _apart(web=True)


def worker(given: argparse.Namespace) -> int:
    """Readers, jobs and timers."""
    return _apart(worker=True)


def mailin(given: argparse.Namespace) -> int:
    """Letters in."""
    return _apart(mail=True)


def _apart(*, web: bool = False, worker: bool = False, mail: bool = False) -> int:
    """One part alone; it waits until `okno migrate` has run."""

    def begin() -> int:
        _refuse_unfinished()
        address = settings.ENV["OKNO_PROBE_BIND"]
        # Before it waits: it lives, and is not ready.
        port = health.Port(*address) if address and not web else None
        schema.wait(is_for_schema=True)
        reading.make_cursors()
        keys.confirm()
        if web:
            _greet()
        return run.serve(web=web, worker=worker, mail=mail, port=port)

    if settings.ENV["OKNO_DATABASE_URL"]:
        return _told(begin)
    # `okno serve` does all of it for this database, and is its one writer.
    return _locked(begin, is_shared=True)


def _refuse_unfinished() -> None:
    if settings.UNFINISHED_RESTORE.exists():
        raise ValueError("the last restore was cut off: run `okno restore` again")


def _locked(begin: Callable[[], int], *, is_shared: bool) -> int:
    try:
        _lock = run.lock_folder(settings.DATA_DIR, is_shared=is_shared)
    except run.AlreadyRunning as error:
        print(f"okno: {error}", file=sys.stderr)
        return 1
    return _told(begin)


def _told(begin: Callable[[], int]) -> int:
    try:
        return begin()
    except OSError as error:
        print(f"okno: {error}", file=sys.stderr)
        return 1


def _greet() -> None:
    print(f"Okno: {settings.PUBLIC_URL}", flush=True)
    if not is_installed():
        # Printed, never logged: logs are kept, and read by more people.
        print("First start: open this address, or run `okno setup`.", flush=True)
        print(f"The page asks for this code: {set_up_code()}", flush=True)
