"""What the figures were measured on."""

import os
import platform
import sqlite3
import subprocess
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from statistics import median

from tests.stands.postgres import programs


def describe(folder: Path) -> dict[str, str]:
    """The machine in words; `folder` is where the databases are."""
    postgres = subprocess.run([programs() / "postgres", "-V"], capture_output=True, text=True)
    return {
        "date": f"{datetime.now(UTC):%Y-%m-%d %H:%M} UTC",
        "processor": f"{os.cpu_count()} cores, {_processor()}",
        "load before": f"{os.getloadavg()[0]:.1f} (other work on the machine)",
        "software": f"Python {platform.python_version()}, SQLite {sqlite3.sqlite_version},"
        f" PostgreSQL {postgres.stdout.split()[2]}",
        "one fdatasync": f"{_sync_ms(folder):.2f} ms (median of 100)",
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _sync_ms(folder: Path) -> float:
    """What one commit asks of the disk, at the least."""
    times = []
    with tempfile.TemporaryFile(dir=folder, buffering=0) as file:
        for _ in range(100):
            start = time.perf_counter()
            file.write(b"o" * 4096)
            os.fdatasync(file.fileno())
            times.append((time.perf_counter() - start) * 1000)
    return median(times)
