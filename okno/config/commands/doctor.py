"""`okno doctor`: what is wrong here, and how to mend it. Changes nothing."""

import argparse
import shutil
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

from django.apps import apps
from django.conf import settings
from django.contrib.staticfiles import finders
from django.db import DatabaseError, connection
from django.db.models import Exists, OuterRef

from okno.channels.models import Inbound
from okno.config import keyfile, keys, private, schema, stored
from okno.desk.models import Channel, Delivery
from okno.kit import clock
from okno.spine import contract, guard, reading, wake
from okno.spine.models import Job

# A finding: what is wrong, and what to do.
Finding = tuple[str, str]
OLD = timedelta(minutes=5)
TOLD_SECONDS = 3
SHORTEST_KEY = 32


def doctor(given: argparse.Namespace) -> int:
    """Print findings; 0 when all is well, 1 otherwise."""
    if not _is_begun():
        print(f"✗ nothing is set up in {settings.DATA_DIR}\n  → is OKNO_DATA_DIR right?")
        return 1
    findings: list[Finding] = [*_folder(), *_key()]
    try:
        found = list(_schema())
        findings += found
        if not found:
            for look in LOOKS:
                findings += look()
    except DatabaseError as error:
        # Whatever was to be asked next would say the same.
        findings.append(
            (
                f"the database cannot be used: {schema.first_line(error)}",
                "is it running, and OKNO_DATABASE_URL right?",
            )
        )
        connection.close()
    findings += _pages()
    for wrong, mend in findings:
        print(f"✗ {wrong}\n  → {mend}")
    if not findings:
        print("✓ all is well")
    return 1 if findings else 0


def _is_begun() -> bool:
    """Whether there is something to look at; SQLite would make the file that is asked for."""
    name = settings.DATABASES["default"]["NAME"]
    return connection.vendor != "sqlite" or Path(name).exists()


def _key() -> Iterator[Finding]:
    key = keyfile.read(settings.ENV)
    if not key:
        yield "there is no secret key", keys.MEND
    elif len(key) < SHORTEST_KEY:
        yield "the secret key is short enough to be guessed", "change it: `okno key new`"


def _key_of_database() -> Iterator[Finding]:
    if keyfile.read(settings.ENV) and not keys.is_ours():
        yield "this database belongs to another secret key", keys.MEND


def _folder() -> Iterator[Finding]:
    folder = settings.DATA_DIR
    if not folder.is_dir():
        yield f"there is no folder {folder}", "is OKNO_DATA_DIR right?"
        return
    if seen := list(private.open_to_others(folder)):
        names = ", ".join(str(path.relative_to(folder.parent)) for path in seen[:5])
        yield f"others on this machine may read or write {names}", f"chmod -R go= {folder}"
    usage = shutil.disk_usage(folder)
    if usage.free < usage.total * 0.1 and usage.free < 5_000_000_000:
        free = f"{usage.free / 1_000_000_000:.1f} GB"
        yield f"only {free} are free on the disk", "make room before letters are refused"


def _schema() -> Iterator[Finding]:
    found = schema.state()
    if found.unknown:
        yield "the database belongs to a newer version of Okno", "start that one"
    elif found.missing:
        yield "the database is of another version", "run `okno migrate`"


def _database() -> Iterator[Finding]:
    wanted: dict[str, tuple[str, ...]] = (
        {
            "PRAGMA journal_mode": ("wal",),
            "PRAGMA synchronous": ("2", "3"),
            "PRAGMA foreign_keys": ("1",),
        }
        if connection.vendor == "sqlite"
        else {
            "SHOW fsync": ("on",),
            "SHOW synchronous_commit": ("on", "remote_write", "remote_apply", "local"),
            "SHOW full_page_writes": ("on",),
        }
    )
    with connection.cursor() as cursor:
        for question, good in wanted.items():
            cursor.execute(question)
            answer = str(cursor.fetchone()[0])
            if answer not in good:
                yield (
                    f"{question.split()[1]} is {answer}: an accepted message could be lost",
                    f"set it to {good[0]}",
                )


def _bell() -> Iterator[Finding]:
    """Whether news of one process reach the others, on PostgreSQL."""
    if connection.vendor != "postgresql":
        return
    direct = "is a pooler between that shares sessions? Connect Okno to PostgreSQL itself"
    if not _is_told():
        yield "NOTIFY does not arrive: news come late, and cost a look twice a second", direct
    question = (
        "SELECT count(*), count(*) FILTER (WHERE application_name = %s) FROM pg_stat_activity"
        " WHERE datname = current_database() AND pid <> pg_backend_pid()"
        " AND application_name LIKE 'okno%%'"
    )
    with connection.cursor() as cursor:
        cursor.execute(question, [wake.LISTENER])
        sessions, listeners = cursor.fetchone()
    if sessions and not listeners:
        yield (
            f"Okno has {sessions} sessions and none of them listens (LISTEN)",
            f"is `okno worker` or `okno web` running? Else {direct}",
        )


def _is_told() -> bool:
    """Listen in one session, NOTIFY in another."""
    given = connection.get_connection_params()
    hearing, telling = (connection.get_new_connection(given) for _ in range(2))
    try:
        for one in (hearing, telling):
            one.autocommit = True
        hearing.execute("LISTEN okno_doctor")
        telling.execute("NOTIFY okno_doctor")
        return any(hearing.notifies(timeout=TOLD_SECONDS, stop_after=1))
    finally:
        hearing.close()
        telling.close()


def _rows() -> Iterator[Finding]:
    """References that lead nowhere: both databases refuse them, until a tool switches that off."""
    for model in apps.get_models(include_auto_created=True):
        for field in model._meta.local_concrete_fields:
            if not (field.is_relation and field.related_model and field.db_constraint):  # type: ignore[attr-defined]
                continue
            target, goal = field.related_model, field.target_field.name  # type: ignore[attr-defined]
            there = target._base_manager.filter(**{goal: OuterRef(field.attname)})
            given = model._base_manager.filter(**{f"{field.name}__isnull": False})
            if lost := given.filter(~Exists(there)).count():
                yield (
                    f"foreign keys: {lost} rows of {model._meta.db_table} lead nowhere"
                    f" ({field.column})",
                    "restore a backup: this database was changed by hand, or is damaged",
                )


def _files() -> Iterator[Finding]:
    if missing := list(stored.missing()):
        yield (
            f"{len(missing)} files of rows are missing, among them {missing[0]}",
            f"bring {settings.FILES_DIR} back from a backup; all processes must share it",
        )
    orphans, total = stored.orphans()
    if stored.are_many(len(orphans), total):
        yield (
            f"{len(orphans)} of {total} files belong to no row",
            "does another installation use this folder, or is the database an older one?",
        )


def _log() -> Iterator[Finding]:
    if not guard.is_protected():
        yield "the event log can be changed", "run `okno migrate`, which puts its guard back"
    for lag in reading.lags():
        if lag.parked:
            yield f"{lag.reader}: {lag.parked} events are parked", "console → Stuck → retry"
        if lag.behind > 10_000:
            yield f"{lag.reader} is {lag.behind} events behind", "is `okno worker` running?"


def _work() -> Iterator[Finding]:
    old = clock.now() - OLD
    if failed := Job.objects.filter(failed_at__isnull=False).count():
        yield f"{failed} jobs have failed", "console → Stuck → retry"
    known = Job.objects.filter(name__in=contract.jobs.names())
    if waiting := known.filter(failed_at=None, run_at__lt=old).count():
        yield f"{waiting} jobs wait for more than 5 minutes", "is `okno worker` running?"
    unknown = Job.objects.exclude(name__in=contract.jobs.names()).filter(run_at__lt=old)
    for name in unknown.order_by("name").values_list("name", flat=True).distinct():
        yield f"jobs {name} wait, which this version does not know", "start the newer version"
    if unread := Inbound.objects.filter(state=Inbound.State.NEW, received_at__lt=old).count():
        yield f"{unread} letters are accepted and not yet read", "is `okno worker` running?"
    for state, mend in (
        ("failed", "console → Stuck: the server's words are there"),
        ("uncertain", "console → Stuck: send again, or mark as sent"),
    ):
        if count := Delivery.objects.filter(state=state).count():
            yield f"{count} outgoing messages are {state}", mend
    if held := Delivery.objects.filter(is_held=True).count():
        yield f"{held} outgoing messages are held after a restore", "console → Stuck → release"


def _mail() -> Iterator[Finding]:
    for channel in Channel.objects.filter(is_active=True):
        if channel.trouble:
            yield f"{channel.name}: {channel.trouble}", "console → Settings → Channels"
        if not (channel.settings.get("smtp_host") or settings.ENV["OKNO_SMTP_URL"]):
            yield (
                f"{channel.name} has no outgoing mail server",
                "set one on the channel, or OKNO_SMTP_URL",
            )


def _pages() -> Iterator[Finding]:
    if finders.find("okno/console.css") is None:
        yield "the front end is not built", "run `make frontend`, or install the released wheel"


# Asked when the database is there and of this version.
LOOKS = (_key_of_database, _database, _bell, _rows, _files, _log, _work, _mail)
