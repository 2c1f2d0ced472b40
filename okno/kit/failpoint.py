"""Named places where a test may kill, fail, delay or cut.

A random `kill -9` rarely hits the interesting microsecond, so the code names it. Armed by
`OKNO_FAILPOINTS="name=action[@n];..."`, where action is `kill`, `killall` (with all processes that
were started together), `raise`, `sleep:SECONDS` or `cut`, and `@n` means the n-th passage (1 by
default; `@*` every one). When a file is named in `OKNO_FAILPOINT_LOG`, each point passed is written
there once, so that a test can prove it was met.
"""

import os
import signal
import time
from collections import Counter

_ACTIONS = {"kill", "killall", "raise", "sleep", "cut"}


class Failure(RuntimeError):
    """Raised by a failpoint armed with `raise`."""


class Cut(ConnectionResetError):
    """Raised by a failpoint armed with `cut`: as if the other side closed the socket."""


def _parse(text: str) -> dict[str, tuple[str, str, str]]:
    armed = {}
    for item in filter(None, (part.strip() for part in text.split(";"))):
        name, _, rest = item.partition("=")
        action, _, which = rest.partition("@")
        verb, _, argument = action.partition(":")
        if verb not in _ACTIONS:
            raise ValueError(f"unknown failpoint action {verb!r} in {item!r}")
        armed[name] = (verb, argument, which or "1")
    return armed


_armed = _parse(os.environ.get("OKNO_FAILPOINTS", ""))
_log = os.environ.get("OKNO_FAILPOINT_LOG", "")
_passed: Counter[str] = Counter()


def failpoint(name: str) -> None:
    """Do what the test asked for at `name`; nothing when no test armed anything."""
    if not (_armed or _log):
        return
    _passed[name] += 1
    if _log and _passed[name] == 1:
        with open(_log, "a") as log:
            log.write(name + "\n")
    if name not in _armed:
        return
    verb, argument, which = _armed[name]
    if which not in ("*", str(_passed[name])):
        return
    if verb == "kill":
        os.kill(os.getpid(), signal.SIGKILL)
    elif verb == "killall":
        os.killpg(0, signal.SIGKILL)
    elif verb == "sleep":
        time.sleep(float(argument))
    elif verb == "cut":
        raise Cut(name)
    else:
        raise Failure(name)


def arm(text: str) -> None:
    """Arm in this process, for tests that need no other one; `""` disarms."""
    _armed.clear()
    _armed.update(_parse(text))
    _passed.clear()
