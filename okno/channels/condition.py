"""How this installation is: what it runs on, and whether its work flows. Cheap to ask."""

import shutil
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from django.conf import settings
from django.db import connection
from django.db.models import Count, Max, Min

from okno.access.policy import authorize
from okno.access.system_mail import way_out
from okno.contacts.models import Contact
from okno.desk.models import Attachment, Conversation, Message
from okno.kit import clock
from okno.spine import Actor, contract, reading
from okno.spine.models import Cursor, Job, Parked

LATE_SECONDS = 60


@dataclass(frozen=True)
class Condition:
    """What the page "about" shows. Sizes in bytes; counts are highest numbers, never counted."""

    version: str
    database: str
    database_size: int
    data_dir: str
    disk_free: int
    disk_total: int
    has_mail: bool
    late_seconds: int
    lags: list[reading.Lag]
    counts: dict[str, int]

    @property
    def is_worker_late(self) -> bool:
        """Whether work waits that a worker should have taken long ago."""
        return self.late_seconds > LATE_SECONDS


def condition(actor: Actor) -> Condition:
    """The state right now, for administrators; raises Forbidden."""
    authorize(actor, "event.view")
    disk = shutil.disk_usage(settings.DATA_DIR)
    return Condition(
        version=_version(),
        database=_database(),
        database_size=_database_size(),
        data_dir=str(settings.DATA_DIR),
        disk_free=disk.free,
        disk_total=disk.total,
        has_mail=way_out() is not None,
        late_seconds=_late(),
        lags=_lags(),
        counts=_counts(),
    )


def _version() -> str:
    try:
        return version("okno")
    except PackageNotFoundError:
        return "-"


def _ask(question: str) -> Any:
    with connection.cursor() as cursor:
        cursor.execute(question)
        return cursor.fetchone()[0]


def _database() -> str:
    if connection.vendor == "sqlite":
        return f"SQLite {_ask('SELECT sqlite_version()')}"
    return f"PostgreSQL {_ask('SHOW server_version')}"


def _database_size() -> int:
    if connection.vendor == "sqlite":
        return int(_ask("PRAGMA page_count")) * int(_ask("PRAGMA page_size"))
    return int(_ask("SELECT pg_database_size(current_database())"))


def _late() -> int:
    """Seconds by which the oldest due job waits; a job at work has its lease ahead."""
    oldest = Job.objects.filter(failed_at=None).aggregate(at=Min("run_at"))["at"]
    return max(0, int((clock.now() - oldest).total_seconds())) if oldest else 0


def _lags() -> list[reading.Lag]:
    """As `reading.lags`, but a page that is only read makes no cursors."""
    end = reading.newest_id()
    at = dict(Cursor.objects.values_list("reader", "last_id"))
    parked = dict(Parked.objects.values_list("reader").annotate(n=Count("pk")))
    found = [
        reading.Lag(r.name, end - at.get(r.name, 0), parked.get(r.name, 0))
        for r in contract.readers
    ]
    return sorted(found, key=lambda lag: (-lag.behind, lag.reader))


def _counts() -> dict[str, int]:
    # The highest number is one step in an index; COUNT(*) reads a table of a million rows.
    return {
        "conversations": Conversation.objects.aggregate(n=Max("pk"))["n"] or 0,
        "messages": Message.objects.aggregate(n=Max("pk"))["n"] or 0,
        "clients": Contact.objects.aggregate(n=Max("pk"))["n"] or 0,
        "files": Attachment.objects.aggregate(n=Max("pk"))["n"] or 0,
        "events": reading.newest_id(),
    }
