"""`okno serve`, `web`, `worker`, `mailin`."""

import argparse
import sys

from django.conf import settings

from okno.access.queries import is_installed
from okno.config import run
from okno.config.commands.setup import migrate


def serve(given: argparse.Namespace) -> int:
    """Everything in one process; a second one on the same folder is refused."""
    try:
        _lock = run.lock_folder(settings.DATA_DIR)
    except run.AlreadyRunning as error:
        print(f"okno: {error}", file=sys.stderr)
        return 1
    migrate(given)
    _greet()
    return _run(web=True, worker=True, mail=True)


def web(given: argparse.Namespace) -> int:
    """Pages and API."""
    _greet()
    return _run(web=True)


def worker(given: argparse.Namespace) -> int:
    """Readers, jobs and timers."""
    return _run(worker=True)


def mailin(given: argparse.Namespace) -> int:
    """Letters in."""
    return _run(mail=True)


def _run(*, web: bool = False, worker: bool = False, mail: bool = False) -> int:
    try:
        run.serve(web=web, worker=worker, mail=mail)
    except OSError as error:
        # An address that is taken, a certificate that cannot be read: nothing has begun.
        print(f"okno: {error}", file=sys.stderr)
        return 1
    return 0


def _greet() -> None:
    print(f"Okno: {settings.PUBLIC_URL}", flush=True)
    if not is_installed():
        print("First start: open this address, or run `okno setup`.", flush=True)
