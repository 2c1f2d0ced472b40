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
    run.serve(web=True, worker=True, mail=True)
    return 0


def web(given: argparse.Namespace) -> int:
    """Pages and API."""
    _greet()
    run.serve(web=True, worker=False, mail=False)
    return 0


def worker(given: argparse.Namespace) -> int:
    """Readers, jobs and timers."""
    run.serve(web=False, worker=True, mail=False)
    return 0


def mailin(given: argparse.Namespace) -> int:
    """Letters in."""
    run.serve(web=False, worker=False, mail=True)
    return 0


def _greet() -> None:
    print(f"Okno: {settings.PUBLIC_URL}", flush=True)
    if not is_installed():
        print("First start: open this address, or run `okno setup`.", flush=True)
