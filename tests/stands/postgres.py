"""A PostgreSQL server of the machine's own version, with a fresh cluster.

    with Postgres() as server:
        url = server.create_database("okno")
        server.restart_immediate()

Durability is as in production: what was committed survives `restart_immediate`.
"""

import os
import pwd
import shutil
import signal
from pathlib import Path
from typing import Self

import psycopg
from psycopg import sql

from tests.stands.processes import Child, Folder, StandError, free_port, wait_until

SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "max_connections": "200",
    "shared_buffers": "64MB",
    "timezone": "UTC",
}


def programs() -> Path:
    """The folder with initdb and postgres, the newest if there are several."""
    found = sorted(
        Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda p: float(p.parts[-3])
    )
    if found:
        return found[-1].parent
    if initdb := shutil.which("initdb"):
        return Path(initdb).resolve().parent
    raise StandError("PostgreSQL is not installed: run tools/install_test_tools.sh")


class Postgres:
    """A server with its own cluster in `dir` (a new temporary folder if None).

    As root it runs as the system user postgres, and where that user cannot reach `dir` it uses a
    temporary folder instead: `.dir` says which. `settings` go over SETTINGS. Anyone on the loopback
    address is let in as any role.
    """

    def __init__(self, dir: Path | None = None, settings: dict[str, str] | None = None) -> None:
        is_root = os.geteuid() == 0
        self._account = "postgres" if is_root else pwd.getpwuid(os.geteuid()).pw_name
        self._settings = SETTINGS | (settings or {})
        self._programs = programs()
        self._folder = Folder(dir, self._account, "okno-postgres-")
        self._child: Child | None = None
        self.dir = self._folder.path
        self.log = self.dir / "log"
        self.port = free_port()

    @property
    def url(self) -> str:
        """Address of the maintenance database `postgres`."""
        return self.url_of("postgres")

    @property
    def pid(self) -> int:
        """Process id of the postmaster."""
        if self._child is None:
            raise StandError("PostgreSQL is not running")
        return self._child.pid

    def url_of(self, database: str) -> str:
        """Address of `database` as libpq and Django read it."""
        return f"postgresql://postgres@127.0.0.1:{self.port}/{database}"

    def start(self) -> None:
        """Start and return when it answers; makes the cluster the first time."""
        if not (self.dir / "data" / "PG_VERSION").exists():
            self._make_cluster()
        argv = [str(self._programs / "postgres"), "-D", str(self.dir / "data")]
        options = self._settings | {
            "port": str(self.port),
            "listen_addresses": "127.0.0.1",
            "unix_socket_directories": str(self.dir),
        }
        for name, value in options.items():
            argv += ["-c", f"{name}={value}"]
        self._child = Child(argv, self.log, signal.SIGINT, self._account)
        wait_until(self._is_ready, 60, f"PostgreSQL; its log is {self.log}")

    def _make_cluster(self) -> None:
        initdb = Child(
            [
                str(self._programs / "initdb"),
                *("-D", str(self.dir / "data"), "-U", "postgres", "-A", "trust"),
                *("-E", "UTF8", "--locale=C.UTF-8", "--no-sync"),
            ],
            self.log,
            account=self._account,
        )
        wait_until(lambda: not initdb.is_alive(), 60, "initdb")
        initdb.stop()
        if not (self.dir / "data" / "PG_VERSION").exists():
            raise StandError(f"initdb failed:\n{self.log.read_text()}")

    def _is_ready(self) -> bool:
        if self._child is None or not self._child.is_alive():
            raise StandError(f"PostgreSQL did not start:\n{self.log.read_text()[-2000:]}")
        try:
            psycopg.connect(self.url, connect_timeout=2).close()
        except psycopg.OperationalError:
            return False
        return True

    def stop(self, mode: str = "fast") -> None:
        """Stop it: `fast` ends sessions properly, `immediate` is a crash."""
        if self._child is not None:
            self._child.stop(signal.SIGQUIT if mode == "immediate" else signal.SIGINT, 30)
            self._child = None

    def restart_immediate(self) -> None:
        """What `pg_ctl -m immediate restart` does: crash, then recover on the same port."""
        self.stop("immediate")
        self.start()

    def terminate_backends(self, database: str | None = None) -> int:
        """End all client sessions (of `database`) from the server's side; how many."""
        with psycopg.connect(self.url, autocommit=True) as connection:
            rows = connection.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                " WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()"
                " AND datname = coalesce(%s::text, datname)",
                [database],
            ).fetchall()
        return len(rows)

    def create_database(self, name: str, template: str = "template1") -> str:
        """Make a database as a copy of `template`; its address."""
        self._maintain("CREATE DATABASE {} TEMPLATE {}", name, template)
        return self.url_of(name)

    def drop_database(self, name: str) -> None:
        """Delete a database, ending its sessions."""
        self._maintain("DROP DATABASE IF EXISTS {} WITH (FORCE)", name)

    def _maintain(self, statement: str, *names: str) -> None:
        with psycopg.connect(self.url, autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop("immediate")  # nobody needs the data: quicker than a checkpoint
        self._folder.remove()
