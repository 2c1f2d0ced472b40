"""Whether the database is of this version, and how it gets there: one process at a time."""

import fcntl
import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache

from django.conf import settings
from django.core.management import call_command
from django.db import DatabaseError, InterfaceError, OperationalError, connection
from django.db.backends.utils import CursorWrapper
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

from okno.spine import guard, reading

# Chosen once, for all Okno processes of a database: "okns" in ASCII.
MIGRATION_LOCK = 0x6F6B6E73
# Whoever asks for a table waits behind a migration that waits for it, so that one must not wait
# long; a dump of a large database holds its tables for minutes, so it has to come again often.
LOCK_TIMEOUT = "2s"
REST_SECONDS = 3.0
MOST_TRIES = 120
LOCK_NOT_AVAILABLE = "55P03"
LOOK_SECONDS = 1.0


class Newer(ValueError):
    """The database belongs to a newer version of Okno."""


@dataclass(frozen=True)
class State:
    """What the database lacks for this version, and what it has that this version does not know."""

    missing: int
    unknown: tuple[str, ...]


@lru_cache(maxsize=1)
def _known() -> tuple[frozenset[tuple[str, str]], frozenset[tuple[str, str]]]:
    """This version's last migrations, and all that it knows."""
    loader = MigrationLoader(None)
    names = set(loader.disk_migrations)
    for migration in loader.disk_migrations.values():
        names.update(migration.replaces)
    return frozenset(loader.graph.leaf_nodes()), frozenset(names)


def state() -> State:
    """Compare the database with this version, by one query; raises DatabaseError."""
    leaves, known = _known()
    applied = set(MigrationRecorder(connection).applied_migrations())
    unknown = (".".join(name) for name in applied - known)
    return State(len(leaves - applied), tuple(sorted(unknown)))


def is_there() -> bool:
    """Whether this version can work on the database: a newer one's additions do no harm to a
    process that runs already."""
    return not state().missing


def migrate() -> None:
    """Bring the database to this version; says so only when there is something to do.

    Two processes that do so at once work one after the other. Raises Newer, and ValueError when
    others hold the tables for many minutes.
    """
    _bring()
    reading.make_cursors()


def _bring() -> None:
    if _is_done():
        return
    with _alone():
        if _is_done():
            return
        print("Preparing the database ...", flush=True)
        for number in range(MOST_TRIES):
            if _try():
                return
            if number == 0:
                print("Others use the tables (a backup?): trying again ...", flush=True)
            time.sleep(REST_SECONDS)
    raise ValueError(
        "others hold the tables for too long: run `okno migrate` again when they ended"
    )


def _is_done() -> bool:
    """Nothing to do; the guard of the log is put back although all migrations were applied."""
    found = state()
    _refuse_newer(found)
    return not found.missing and guard.is_protected()


def _refuse_newer(found: State) -> None:
    if found.unknown:
        raise Newer(
            f"the database belongs to a newer version of Okno ({found.unknown[-1]}): start that"
            " one, or restore the backup made before the upgrade"
        )


def _try() -> bool:
    """Run the migrations; False when a table was in use. What was done until then stays done."""
    is_postgresql = connection.vendor == "postgresql"
    if is_postgresql:
        with connection.cursor() as cursor:
            cursor.execute(f"SET lock_timeout = '{LOCK_TIMEOUT}'")
    try:
        call_command("migrate", verbosity=0, interactive=False)
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") == LOCK_NOT_AVAILABLE:
            return False
        raise
    finally:
        if is_postgresql and connection.is_usable():
            with connection.cursor() as cursor:
                cursor.execute("RESET lock_timeout")
    return True


@contextmanager
def _alone() -> Iterator[None]:
    """Hold the one right to migrate; it goes with the process, however it ends."""
    if connection.vendor == "sqlite":
        handle = os.open(settings.DATA_DIR / "migrate.lock", os.O_RDWR | os.O_CREAT, 0o600)
        try:
            fcntl.flock(handle, fcntl.LOCK_EX)
            yield
        finally:
            os.close(handle)
        return
    with connection.cursor() as cursor:
        is_told = False
        # Asked again and again: who waits inside one statement holds a snapshot, for which
        # CREATE INDEX CONCURRENTLY of the other would wait for ever.
        while not _took(cursor):
            if not is_told:
                print("Another process prepares the database: waiting ...", flush=True)
                is_told = True
            time.sleep(LOOK_SECONDS)
        try:
            yield
        finally:
            if connection.is_usable():
                cursor.execute("SELECT pg_advisory_unlock(%s)", [MIGRATION_LOCK])


def _took(cursor: CursorWrapper) -> bool:
    cursor.execute("SELECT pg_try_advisory_lock(%s)", [MIGRATION_LOCK])
    return bool(cursor.fetchone()[0])


def wait(*, is_for_schema: bool) -> None:
    """Return when the database answers and (if wanted) is of this version; says what it waits for
    in one line. Raises Newer."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    said = ""
    while lack := _lack(is_for_schema):
        if lack != said:
            print(f"Waiting: {lack}", flush=True)
            said = lack
        time.sleep(LOOK_SECONDS)


def _lack(is_for_schema: bool) -> str:
    try:
        found = state()
    except (DatabaseError, InterfaceError) as error:
        connection.close()
        return f"the database does not answer ({first_line(error)})"
    _refuse_newer(found)
    if is_for_schema and found.missing:
        return "the database is of another version: run `okno migrate`"
    return ""


def first_line(error: Exception) -> str:
    """What the database's own error says, in one line."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
