"""What the figures were measured on."""

import os
import platform
import re
import sqlite3
import subprocess
import sys
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
        "a bare Django view": f"{_bare_view_ms():.2f} ms (median of 1,000)",
    }


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _bare_view_ms() -> float:
    done = subprocess.run(
        [sys.executable, "-m", "bench.bare_view"], capture_output=True, text=True, check=True
    )
    return float(done.stdout)


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


def memory_mib(session: int) -> float:
    """Proportional set size (PSS) of a session's processes together: shared pages count once."""
    return sum(map(_pss_kib, _pids(session))) / 1024


def _pids(session: int) -> list[int]:
    found = [int(entry.name) for entry in Path("/proc").iterdir() if entry.name.isdigit()]
    return [pid for pid in found if _session_of(pid) == session]


def _session_of(pid: int) -> int:
    try:
        return os.getsid(pid)
    except ProcessLookupError:
        return 0


def _pss_kib(pid: int) -> int:
    text = Path(f"/proc/{pid}/smaps_rollup").read_text()
    return int(re.findall(r"(?m)^Pss:\s+(\d+)", text)[0])
