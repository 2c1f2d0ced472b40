"""How long `okno serve` takes until it answers, and the memory it needs when nobody asks."""

import time
from dataclasses import dataclass
from http.client import HTTPConnection
from statistics import median

from bench.machine import memory_mib
from tests.stands.installation import Installation
from tests.stands.processes import StandError, free_port

STARTS = 5
IDLE_SECONDS = 5.0
LONGEST_SECONDS = 60.0


@dataclass(frozen=True)
class Start:
    """Milliseconds from the start to the first `/health/ready` (median), and the proportional set
    size of all its processes some seconds later, in MiB."""

    milliseconds: float
    idle_mib: float


def started(place: Installation) -> Start:
    """Start and end it some times, the files in the machine's cache and the tables made."""
    times, sizes = [], []
    for _ in range(STARTS):
        port = free_port()
        settings = {"OKNO_BIND": f"127.0.0.1:{port}", "OKNO_SMTP_BIND": f"127.0.0.1:{free_port()}"}
        begun = time.perf_counter()
        child = place.start(["-m", "okno", "serve"], settings)
        while not _is_ready(port):
            if time.perf_counter() - begun > LONGEST_SECONDS:
                raise StandError("okno serve does not answer")
            time.sleep(0.01)
        times.append((time.perf_counter() - begun) * 1000)
        time.sleep(IDLE_SECONDS)
        sizes.append(memory_mib(child.pid))
        child.terminate()
        child.wait(20)
    return Start(median(times), median(sizes))


def _is_ready(port: int) -> bool:
    connection = HTTPConnection("127.0.0.1", port, timeout=5)
    try:
        connection.request("GET", "/health/ready")
        return connection.getresponse().status == 200
    except OSError:
        return False
    finally:
        connection.close()
