"""Child processes that cannot outlive their parent, and ports and folders for them."""

import fcntl
import os
import pwd
import random
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import IO

# Below the kernel's range for outgoing connections (32768 up): a server that is down for a moment
# must find its port free when it comes back.
PORTS = range(20000, 32000)

# Waits for its standard input to end, which it does when the parent is gone, however it went.
GUARD = """
read -r _
kill -s "$2" "$1" 2>/dev/null || exit 0
for _ in 1 2 3 4 5 6 7 8 9 10; do sleep 0.5; kill -0 "$1" 2>/dev/null || exit 0; done
kill -s KILL -- "-$1"
"""


# Held open: the locks go with them.
_reserved: list[IO[str]] = []


class StandError(RuntimeError):
    """A stand could not be started or did not do what was asked; says why."""


def free_port() -> int:
    """A TCP port on 127.0.0.1 that nobody listens on now, and that no other run of tests is given
    while this process lives: whoever asked for it may bind it late."""
    for port in random.SystemRandom().sample(PORTS, 200):
        if not _reserve(port):
            continue
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
    raise StandError(f"no free port between {PORTS.start} and {PORTS.stop}")


def _reserve(port: int) -> bool:
    folder = Path(tempfile.gettempdir()) / f"okno-ports-{os.geteuid()}"
    folder.mkdir(exist_ok=True)
    handle = (folder / str(port)).open("w")
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        handle.close()
        return False
    _reserved.append(handle)
    return True


def wait_until(ready: Callable[[], bool], seconds: float, what: str) -> None:
    """Return as soon as `ready()` is true; raise StandError naming `what` after `seconds`."""
    end = time.monotonic() + seconds
    while not ready():
        if time.monotonic() > end:
            raise StandError(f"waited {seconds} s in vain for {what}")
        time.sleep(0.02)


class Folder:
    """A folder that `account` can use: `wish` if that account can walk to it, else a new one.

    pytest's folders are closed to others, and PostgreSQL and Dovecot refuse to work as root.
    """

    def __init__(self, wish: Path | None, account: str, prefix: str) -> None:
        self._is_own = wish is None or not _can_walk(wish, account)
        if wish is None or self._is_own:
            # Not $TMPDIR, which may be long: the path of a unix socket ends at 107 characters.
            wish = Path(tempfile.mkdtemp(prefix=prefix, dir="/tmp"))
        wish.mkdir(parents=True, exist_ok=True)
        self.path = wish
        self.give(wish, account)
        self.path.chmod(0o755)

    @staticmethod
    def give(path: Path, account: str) -> None:
        """Make `account` the owner of `path` where we may (as root)."""
        if os.geteuid() == 0:
            entry = pwd.getpwnam(account)
            os.chown(path, entry.pw_uid, entry.pw_gid)

    def remove(self) -> None:
        """Delete the folder if it was made here; one that was given is the giver's."""
        if self._is_own:
            shutil.rmtree(self.path, ignore_errors=True)


def _can_walk(path: Path, account: str) -> bool:
    if len(str(path)) > 60:  # room for the names of unix sockets below it
        return False
    if os.geteuid() != 0:
        return True
    there = [p for p in (path, *path.parents) if p.exists()]
    return all(p.stat().st_mode & 0o001 or p.owner() == account for p in there if p != path)


def _guard(pid: int, last_signal: signal.Signals) -> "subprocess.Popen[bytes]":
    name = last_signal.name.removeprefix("SIG")
    return subprocess.Popen(
        ["/bin/sh", "-c", GUARD, "guard", str(pid), name],
        stdin=subprocess.PIPE,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )


class Child:
    """One running program in its own process group, with its output in `log`.

    `account` (only as root) is the system user it runs as. `last_signal` is what tells the program
    to end, sent by a guard process when this process is gone.
    """

    def __init__(
        self,
        argv: list[str],
        log: Path,
        last_signal: signal.Signals = signal.SIGTERM,
        account: str | None = None,
        env: dict[str, str] | None = None,
        cwd: Path | None = None,
    ) -> None:
        switch = account if os.geteuid() == 0 else None
        group = pwd.getpwnam(switch).pw_gid if switch else None
        with log.open("ab") as output:
            self._process = subprocess.Popen(
                argv,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                start_new_session=True,
                user=switch,
                group=group,
                extra_groups=[] if switch else None,
                env=env,
                cwd=cwd or log.parent,
            )
        self._last_signal = last_signal
        self._guard = _guard(self.pid, last_signal)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def is_alive(self) -> bool:
        """Whether the program still runs."""
        return self._process.poll() is None

    def stop(self, by: signal.Signals | None = None, seconds: float = 10) -> None:
        """End it by signal `by` (the program's own one if None), by SIGKILL after `seconds`."""
        self._guard.kill()
        self._guard.wait()
        if self._guard.stdin:
            self._guard.stdin.close()
        if self.is_alive():
            self._process.send_signal(by or self._last_signal)
        try:
            self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            os.killpg(self.pid, signal.SIGKILL)
            self._process.wait()
