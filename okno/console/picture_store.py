"""Remote pictures in files, for a day at most."""

import hashlib
import threading
import time
from pathlib import Path

from django.conf import settings

from okno.kit import sweeping
from okno.kit.files import write_whole

DAY_SECONDS = 24 * 3600
MOST_BYTES = 200 * 1024 * 1024
_lock = threading.Lock()
_sweeper: threading.Timer | None = None


def _folder() -> Path:
    return Path(settings.DATA_DIR) / "cache" / "pictures"


def _path(name: str) -> Path:
    return _folder() / hashlib.sha256(name.encode()).hexdigest()


def kept(name: str) -> bytes | None:
    """What was kept under a name less than a day ago."""
    path = _path(name)
    try:
        if path.stat().st_mtime > time.time() - DAY_SECONDS:
            return path.read_bytes()
    except FileNotFoundError:
        pass
    return None


def keep(name: str, data: bytes) -> None:
    """Keep bytes under a name, and throw away what is a day old or too much."""
    write_whole(_path(name), data)
    sweep()


def sweep() -> None:
    """Throw away what is a day old, and the oldest of what is over the limit; again in a day."""
    global _sweeper
    with _lock:
        sweeping.sweep(_folder().glob("*"), MOST_BYTES, time.time() - DAY_SECONDS)
        if _sweeper is None:
            _sweeper = threading.Timer(DAY_SECONDS, _swept_anew)
            _sweeper.daemon = True
            _sweeper.start()


def _swept_anew() -> None:
    global _sweeper
    _sweeper = None
    sweep()
