"""Keeps a folder of files that can be made again within its limits."""

from collections.abc import Iterable
from pathlib import Path


def sweep(paths: Iterable[Path], most_bytes: int, oldest: float) -> None:
    """Delete what was written before `oldest` (Unix seconds), and the oldest over the limit."""
    left = most_bytes
    for written, size, path in sorted(map(_facts, paths), reverse=True):
        left -= size
        if left < 0 or written < oldest:
            path.unlink(missing_ok=True)


def _facts(path: Path) -> tuple[float, int, Path]:
    try:
        found = path.stat()
    except FileNotFoundError:
        return 0.0, 0, path
    return found.st_mtime, found.st_size, path
