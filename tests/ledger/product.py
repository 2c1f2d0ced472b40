"""The product under test: its installation, and its processes, started, killed and stopped."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Self

import httpx
import psycopg

from tests.ledger.database import Database
from tests.ledger.letters import ADDRESS, MAILBOX
from tests.stands.installation import HOUSE, Installation
from tests.stands.postgres import Postgres
from tests.stands.processes import Child, StandError, free_port, wait_until

ADMIN, PASSWORD = "alice@okno.example", "correct horse battery"
TOGETHER = ("serve",)
APART = ("web", "worker", "mailin")
# Short leases and waits, so that what a killed worker left is taken over while the test looks on.
QUICK = {
    "OKNO_LEASE_SECONDS": "1.5",
    "OKNO_RETRY_SCALE": "0.01",
    "OKNO_IMAP_POLL_SECONDS": "1",
    "OKNO_LOG_LEVEL": "WARNING",
    "OKNO_DRAIN_SECONDS": "0",
}


class Part(Child):
    """One process of the product."""

    @property
    def code(self) -> int | None:
        """How it ended: minus the signal, the exit code, or None while it runs."""
        return self._process.poll()

    def signal(self, number: signal.Signals) -> None:
        """Send a signal to this process, which tells its children."""
        self._process.send_signal(number)

    def pause(self) -> None:
        """Make it and its children stand still."""
        os.killpg(self.pid, signal.SIGSTOP)

    def resume(self) -> None:
        """Let them go on."""
        os.killpg(self.pid, signal.SIGCONT)

    def children(self, name: str) -> list[int]:
        """Ids of the processes that it runs under that name, in order."""
        found = []
        for folder in Path("/proc").iterdir():
            try:
                parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
                if parent == self.pid and (folder / "comm").read_text() == f"okno-{name}\n":
                    found.append(int(folder.name))
            except (OSError, IndexError):
                continue
        return sorted(found)

    def wait(self, seconds: float) -> int | None:
        """Wait for its end; None when it still runs after `seconds`."""
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            return None


class Product:
    """Okno in `folder`, on `database`, as one process or several (`parts`).

    `sink_port` is where it sends letters. The standing `settings` go to every process. `is_empty`:
    without a table, as before the first start.
    """

    def __init__(
        self,
        folder: Path,
        database: str = "sqlite",
        *,
        server: Postgres | None = None,
        sink_port: int = 9,
        parts: tuple[str, ...] = TOGETHER,
        settings: dict[str, str] | None = None,
        is_empty: bool = False,
    ) -> None:
        self.folder, self.parts = folder, parts
        self.log = folder.parent / f"{folder.name}.log"
        self.web_port, self.smtp_port = free_port(), free_port()
        standing = QUICK | {
            "OKNO_BIND": f"127.0.0.1:{self.web_port}",
            "OKNO_SMTP_BIND": f"127.0.0.1:{self.smtp_port}",
            "OKNO_SMTP_URL": f"smtp://127.0.0.1:{sink_port}",
        }
        self.installation = Installation(folder, database, server, standing | (settings or {}))
        if is_empty:
            self._empty()
        self.database = Database(folder, self.installation.database_url)
        self.running: dict[str, Part] = {}
        self.token = ""

    def _empty(self) -> None:
        (self.folder / "okno.sqlite3").unlink(missing_ok=True)
        if url := self.installation.database_url:
            with psycopg.connect(url, autocommit=True) as connection:
                connection.execute("DROP SCHEMA public CASCADE")
                connection.execute("CREATE SCHEMA public")

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.web_port}"

    def command(
        self, *words: str, input: bytes = b"", settings: dict[str, str] | None = None
    ) -> "subprocess.CompletedProcess[bytes]":
        """Run `okno WORDS` to its end, with `input` on its standard input."""
        return subprocess.run(
            [sys.executable, "-m", "okno", *words],
            env=self.installation.env | (settings or {}),
            cwd=HOUSE,
            input=input,
            capture_output=True,
            timeout=120,
        )

    def must(self, *words: str, settings: dict[str, str] | None = None) -> str:
        """Run a command that has to succeed; its output."""
        done = self.command(*words, settings=settings)
        if done.returncode:
            raise StandError(f"okno {' '.join(words)}: {done.stdout!r} {done.stderr!r}")
        return done.stdout.decode()

    def set_up(self, imap_port: int = 0, imap_password: str = "") -> None:
        """An administrator, a channel for each door, a token; all by one process, for speed."""
        done = self.installation.run(
            ["-m", "tests.ledger.prepare", ADMIN, PASSWORD, ADDRESS]
            + ([MAILBOX, str(imap_port), imap_password] if imap_port else [])
        )
        if done.returncode:
            raise StandError(f"setting up: {done.stderr[-2000:]}")
        self.token = done.stdout.split()[-1]

    def start(self, *, failpoints: str = "", is_ready: bool = True) -> None:
        """Start every part that does not run; return when the pages answer (if wanted)."""
        for name in self.parts:
            if name not in self.running or self.running[name].code is not None:
                self.start_part(name, failpoints=failpoints)
        if is_ready:
            self.wait_ready()

    def start_part(
        self, name: str, *, failpoints: str = "", settings: dict[str, str] | None = None
    ) -> Part:
        """Start one part."""
        env = self.installation.env | {"PYTHONUNBUFFERED": "1"} | (settings or {})
        if failpoints:
            env["OKNO_FAILPOINTS"] = failpoints
        self.running[name] = Part(
            [sys.executable, "-m", "okno", name], self.log, env=env, cwd=HOUSE
        )
        return self.running[name]

    def wait_ready(self, seconds: float = 40) -> None:
        """Return when the pages answer that they can read the database.

        A part killed by a failpoint meanwhile ends the wait as well; one that gave up raises.
        """
        wait_until(lambda: self.has_died() or self.is_ready(), seconds, f"okno; see {self.log}")
        if any((part.code or 0) > 0 for part in self.running.values()):
            raise StandError(f"okno gave up:\n{self.log.read_text()[-2000:]}")

    def is_ready(self) -> bool:
        """Whether /health/ready says ok now."""
        try:
            return httpx.get(f"{self.url}/health/ready", timeout=5).status_code == 200
        except httpx.HTTPError:
            return False

    def has_died(self) -> bool:
        """Whether a part has ended."""
        return any(part.code is not None for part in self.running.values())

    def kill(self, *names: str) -> None:
        """SIGKILL parts (all when none is named), all at once, and wait for their end."""
        chosen = [self.running[name] for name in names or self.running]
        for part in chosen:
            if part.code is None:
                os.killpg(part.pid, signal.SIGKILL)
        for part in chosen:
            part.stop()

    def stop(self) -> float:
        """SIGTERM to all; seconds until the last was gone (killed after 20)."""
        began = time.monotonic()
        for part in self.running.values():
            if part.code is None:
                part.signal(signal.SIGTERM)
        for part in self.running.values():
            part.stop(seconds=20)
        self.running.clear()
        return time.monotonic() - began

    def forget_dead(self) -> None:
        """Drop parts that have ended, with their guards."""
        for name, part in list(self.running.items()):
            if part.code is not None:
                part.stop()
                del self.running[name]

    def client(self) -> httpx.Client:
        """An HTTP client with the token."""
        return httpx.Client(
            base_url=f"{self.url}/api/v1",
            headers={"Authorization": f"Bearer {self.token}"},
            timeout=20,
            trust_env=False,
        )

    def close(self) -> None:
        """Kill all and drop the database."""
        self.kill()
        self.installation.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
