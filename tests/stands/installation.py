"""A complete installation of its own: data folder, migrated database, settings for its processes.

    with Installation(tmp_path, "postgres") as okno:
        okno.run(["-m", "django", "check"])
        worker = okno.start(["-m", "okno.spine.tests.child", "work"])

Migrations run once for each kind of database in a test run; each installation is a copy of that.
"""

import atexit
import itertools
import os
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
from functools import lru_cache
from pathlib import Path
from typing import IO, Any, Self

from tests.stands.postgres import Postgres
from tests.stands.processes import StandError

HOUSE = Path(__file__).resolve().parents[2]
KINDS = ("sqlite", "postgres")
_numbers = itertools.count(1)


class Installation:
    """One installation in the folder `dir`, which is made when it is absent.

    `database` is `sqlite` or `postgres`; the latter in a database of its own on `server`, or on a
    server of its own if None. `settings` are more names for the environment of its processes.
    Raises StandError for another kind of database, and when the migrations fail.
    """

    def __init__(
        self,
        dir: Path,
        database: str = "sqlite",
        server: Postgres | None = None,
        settings: dict[str, str] | None = None,
    ) -> None:
        if database not in KINDS:
            raise StandError(f"no kind of database {database!r}; known: {', '.join(KINDS)}")
        self.data_dir = dir
        self.server = server
        self._is_own_server = database == "postgres" and server is None
        self._settings = settings or {}
        self._children: list[subprocess.Popen[str]] = []
        self.data_dir.mkdir(parents=True, exist_ok=True, mode=0o700)
        self.database_url = ""
        key = self.data_dir / "secret.key"
        if not key.exists():
            key.touch(0o600)
            key.write_text(secrets.token_urlsafe(48))
        if database == "sqlite":
            shutil.copy(_sqlite_template(), self.data_dir / "okno.sqlite3")
            return
        if self.server is None:
            self.server = Postgres()
            self.server.start()
        self._database = f"okno_{os.getpid()}_{next(_numbers)}"
        template = _postgres_template(self.server)
        self.database_url = self.server.create_database(self._database, template)

    @property
    def env(self) -> dict[str, str]:
        """The whole environment of its processes."""
        return _env(self.data_dir, self.database_url) | self._settings

    def run(
        self, args: list[str], settings: dict[str, str] | None = None, timeout_seconds: float = 120
    ) -> "subprocess.CompletedProcess[str]":
        """Run Python with `args` to its end; output as text, the return code is the caller's."""
        return subprocess.run(
            [sys.executable, *args],
            env=self.env | (settings or {}),
            cwd=HOUSE,
            text=True,
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=timeout_seconds,
        )

    def start(
        self,
        args: list[str],
        settings: dict[str, str] | None = None,
        stderr: IO[Any] | int | None = None,
    ) -> "subprocess.Popen[str]":
        """Start Python with `args`; its standard input and output are pipes of text lines.

        It is killed with its own children by `close`, at the latest.
        """
        child = subprocess.Popen(
            [sys.executable, "-u", *args],
            env=self.env | (settings or {}),
            cwd=HOUSE,
            text=True,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=stderr,
            start_new_session=True,
        )
        self._children.append(child)
        return child

    def close(self) -> None:
        """Kill what still runs here and drop its database; the folder is the giver's."""
        for child in self._children:
            _kill(child)
        self._children.clear()
        if self.server is not None and self._is_own_server:
            self.server.__exit__(None, None, None)
        elif self.server is not None:
            self.server.drop_database(self._database)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def _kill(child: "subprocess.Popen[str]") -> None:
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    for pipe in (child.stdin, child.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except BrokenPipeError:
                pass


def _env(data_dir: Path, database_url: str) -> dict[str, str]:
    own = {name: value for name, value in os.environ.items() if not name.startswith("OKNO_")}
    own |= {
        "DJANGO_SETTINGS_MODULE": "okno.config.settings",
        "OKNO_DATA_DIR": str(data_dir),
        "OKNO_LOG_LEVEL": "ERROR",
    }
    return own | ({"OKNO_DATABASE_URL": database_url} if database_url else {})


def _migrate(data_dir: Path, database_url: str) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "django", "migrate", "-v0", "--skip-checks"],
        env=_env(data_dir, database_url),
        cwd=HOUSE,
        text=True,
        capture_output=True,
    )
    if done.returncode:
        raise StandError(f"the migrations failed:\n{done.stderr[-2000:]}")


def _new_folder() -> Path:
    folder = Path(tempfile.mkdtemp(prefix="okno-template-"))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder


@lru_cache(maxsize=1)
def _sqlite_template() -> Path:
    folder = _new_folder()
    _migrate(folder, "")
    return folder / "okno.sqlite3"


@lru_cache(maxsize=8)
def _postgres_template(server: Postgres) -> str:
    name = f"okno_template_{os.getpid()}"
    _migrate(_new_folder(), server.create_database(name))
    return name
