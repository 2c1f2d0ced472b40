"""`okno backup FILE` and `okno restore FILE`."""

import argparse
import contextlib
import hashlib
import io
import json
import os
import shutil
import sqlite3
import subprocess
import sys
import tarfile
import tempfile
import time
from pathlib import Path, PurePosixPath
from typing import Any

from django.conf import settings
from django.db import connection

from okno.access.jobs import hold_letters
from okno.access.queries import is_installed
from okno.config import databases, keys, stored
from okno.desk.actions.deliveries import hold_all
from okno.kit.blobs import store
from okno.kit.failpoint import failpoint
from okno.spine import SYSTEM, unit

FORMAT = 1
LARGEST = 1024**4
NEEDED = {"manifest.json", "database", "secret.key"}
DAY_SECONDS = 24 * 3600
# After a restore numbers jump ahead, so that nothing given out since the backup is given again.
JUMP = 1_000_000
CONVERSATION_JUMP = 1_000


def backup(given: argparse.Namespace) -> int:
    """Write database, files and key into one tar file while Okno runs.

    The database is copied first; a file is on disk before its row is, so every file that the copy
    names is there when the files are read. One that is not there makes this fail, and what could be
    saved is kept under another name: the last whole backup is not written over.
    """
    if "spine_event" not in connection.introspection.table_names() or not is_installed():
        raise ValueError(f"nothing is set up in {settings.DATA_DIR}; is OKNO_DATA_DIR right?")
    # The key goes into the file: a wrong one would show when it is too late.
    keys.confirm()
    target = Path(given.file).resolve()
    part = target.with_name(target.name + ".part")
    started = time.monotonic()
    _sweep("backup-", DAY_SECONDS)
    with tempfile.TemporaryDirectory(dir=settings.DATA_DIR, prefix="backup-") as scratch:
        dump = Path(scratch) / "database"
        print("Copying the database ...", flush=True)
        _dump(dump)
        failpoint("backup.mid")
        with tarfile.open(part, "w") as archive:
            part.chmod(0o600)
            _add_bytes(archive, "manifest.json", json.dumps(_manifest(dump)).encode())
            archive.add(dump, "database")
            _add_bytes(archive, "secret.key", settings.SECRET_KEY.encode())
            count = _add_files(archive)
    with part.open("rb") as file:
        os.fsync(file.fileno())
    missing = list(stored.missing())
    if missing:
        return _incomplete(part, target, missing)
    part.replace(target)
    size = target.stat().st_size / 1_000_000
    print(f"Backup: {target} ({size:.1f} MB, {count} files, {time.monotonic() - started:.1f} s)")
    print("It holds the secret key: keep it as safe as the data folder itself.")
    return 0


def _incomplete(part: Path, target: Path, missing: list[str]) -> int:
    kept = target.with_name(target.name + ".incomplete")
    part.replace(kept)
    for what in missing[:20]:
        print(f"okno: {what} is missing", file=sys.stderr)
    print(
        f"okno: this backup is not whole: {len(missing)} files are missing in"
        f" {settings.FILES_DIR}. Does every process of Okno use this folder? What there is was"
        f" written to {kept}; {target} was not touched.",
        file=sys.stderr,
    )
    return 1


def _manifest(dump: Path) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "database": connection.vendor,
        "sha256": _hash(dump),
        "made_at": int(time.time()),
    }


def _hash(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _dump(target: Path) -> None:
    if connection.vendor == "sqlite":
        source = sqlite3.connect(settings.DATABASES["default"]["NAME"])
        with sqlite3.connect(target) as copy:
            # In one step: it reads one snapshot and keeps no writer waiting (WAL). Between steps
            # SQLite begins anew whenever somebody has written.
            source.backup(copy, pages=-1)
        copy.close()
        source.close()
        return
    _postgresql("pg_dump", "--format=custom", f"--file={target}")


def _postgresql(program: str, *arguments: str) -> None:
    """Run one of PostgreSQL's own programs on our database; raises ValueError in its words."""
    path = shutil.which(program)
    if path is None:
        raise ValueError(f"{program} is not installed; it comes with PostgreSQL's client package")
    where, secret = databases.for_programs(settings.ENV["OKNO_DATABASE_URL"])
    done = subprocess.run(
        [path, f"--dbname={where}", *arguments],
        env=os.environ | secret,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise ValueError(f"{program}: {done.stderr.strip()[:500]}")


def _add_bytes(archive: tarfile.TarFile, name: str, data: bytes) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode, entry.mtime = len(data), 0o600, int(time.time())
    archive.addfile(entry, io.BytesIO(data))


def _add_files(archive: tarfile.TarFile) -> int:
    count = 0
    for name in sorted(store().names()):
        # One that was deleted meanwhile; whether a row misses it is asked later.
        with contextlib.suppress(FileNotFoundError):
            archive.add(store().path(name), f"files/{name[:2]}/{name[2:4]}/{name}")
            count += 1
        if count % 1000 == 0:
            print(f"  {count} files ...", flush=True)
    return count


def restore(given: argparse.Namespace) -> int:
    """Fill an empty installation from a backup; what was on its way out is held.

    The archive is checked whole before anything is written: raises ValueError for another format,
    names that leave the folder, links, or a damaged database. Cut off on its way it can be
    repeated, and nothing is served before it has ended.
    """
    source = Path(given.file)
    if not source.is_file():
        raise ValueError(f"there is no file {source}")
    settings.DATA_DIR.mkdir(parents=True, exist_ok=True, mode=0o700)
    unfinished = settings.UNFINISHED_RESTORE
    if not unfinished.exists():
        _refuse_used()
    _sweep("restore-")
    try:
        with tarfile.open(source, "r:") as archive:
            _unpack(archive, unfinished)
    except (tarfile.TarError, EOFError) as error:
        raise ValueError(f"this is no backup of Okno, or a part of one: {error}") from None
    failpoint("restore.after_database_before_hold")
    raise_sequences()
    with unit(SYSTEM, "restore"):
        held = hold_all() + hold_letters()
    unfinished.unlink()
    print(f"Restored. {held} outgoing messages are held; release them in the console (Stuck).")
    return 0


def _unpack(archive: tarfile.TarFile, unfinished: Path) -> None:
    manifest = _checked(archive)
    with tempfile.TemporaryDirectory(dir=settings.DATA_DIR, prefix="restore-") as scratch:
        print("Unpacking ...", flush=True)
        for entry in archive:
            _extract(archive, entry, Path(scratch))
        if _hash(Path(scratch) / "database") != manifest["sha256"]:
            raise ValueError("the database in this backup is damaged")
        failpoint("restore.mid")
        unfinished.touch(0o600)
        _put_in_place(Path(scratch))


def _sweep(prefix: str, older_than_seconds: float = 0) -> None:
    """Remove what a killed run left behind: it is a whole copy of the database."""
    for folder in settings.DATA_DIR.glob(prefix + "*"):
        if time.time() - folder.stat().st_mtime >= older_than_seconds:
            shutil.rmtree(folder, ignore_errors=True)


def _refuse_used() -> None:
    if connection.vendor == "sqlite":
        used = Path(settings.DATABASES["default"]["NAME"]).exists() or any(store().names())
    else:
        used = "spine_event" in connection.introspection.table_names() and is_installed()
    connection.close()
    if used:
        raise ValueError("this installation has data already; restore into an empty one")


def _checked(archive: tarfile.TarFile) -> dict[str, Any]:
    total = 0
    names = [entry.name for entry in archive.getmembers()]
    if len(set(names)) < len(names) or not set(names) >= NEEDED:
        raise ValueError("this is no backup of Okno: entries are missing or double")
    for entry in archive.getmembers():
        path = PurePosixPath(entry.name)
        if path.is_absolute() or ".." in path.parts or not entry.isfile():
            raise ValueError(f"this is no backup of Okno: unexpected entry {entry.name!r}")
        if path.parts[0] != "files" and entry.name not in NEEDED:
            raise ValueError(f"this is no backup of Okno: unexpected entry {entry.name!r}")
        total += entry.size
    if total > LARGEST:
        raise ValueError("this backup would unpack to more than 1 TB")
    try:
        file = archive.extractfile("manifest.json")
        manifest: dict[str, Any] = json.load(file) if file else {}
    except (KeyError, ValueError):
        raise ValueError("this is no backup of Okno: it has no manifest") from None
    if manifest.get("format") != FORMAT:
        raise ValueError("this backup was made by another version of Okno")
    if manifest["database"] != connection.vendor:
        raise ValueError(
            f"this backup is of {manifest['database']}, this installation uses {connection.vendor}"
        )
    return manifest


def _extract(archive: tarfile.TarFile, entry: tarfile.TarInfo, folder: Path) -> None:
    target = folder / entry.name
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    source = archive.extractfile(entry)
    assert source is not None
    with source, target.open("xb") as out:
        shutil.copyfileobj(source, out)
        out.flush()
        os.fsync(out.fileno())
    target.chmod(0o600)


def _put_in_place(scratch: Path) -> None:
    key = scratch / "secret.key"
    given = settings.ENV["OKNO_SECRET_KEY"]
    if given and key.read_text() not in (given, *settings.SECRET_KEY_FALLBACKS):
        raise ValueError("OKNO_SECRET_KEY is not the one this backup was made with")
    if (scratch / "files").is_dir():
        shutil.rmtree(settings.FILES_DIR, ignore_errors=True)
        (scratch / "files").rename(settings.FILES_DIR)
    if not given:
        key.replace(settings.DATA_DIR / "secret.key")
    # The database comes last: before it is in place the folder still counts as empty.
    if connection.vendor == "sqlite":
        target = Path(settings.DATABASES["default"]["NAME"])
        for suffix in ("-wal", "-shm"):
            # A log left by an unfinished restore would be played into the new database.
            target.with_name(target.name + suffix).unlink(missing_ok=True)
        (scratch / "database").replace(target)
    else:
        how = ("--no-owner", "--single-transaction", "--clean", "--if-exists")
        _postgresql("pg_restore", *how, str(scratch / "database"))


def raise_sequences() -> None:
    """Move every id ahead, so that none given out after the backup is given out again."""
    with connection.cursor() as cursor:
        if connection.vendor == "sqlite":
            cursor.execute(
                "UPDATE sqlite_sequence SET seq = seq +"
                " CASE name WHEN 'desk_conversation' THEN %s ELSE %s END",
                [CONVERSATION_JUMP, JUMP],
            )
            return
        cursor.execute(
            "SELECT setval(format('%%I.%%I', schemaname, sequencename)::regclass,"
            " coalesce(last_value, 0) +"
            " CASE sequencename WHEN 'desk_conversation_number_seq' THEN %s ELSE %s END)"
            " FROM pg_sequences WHERE schemaname = current_schema()",
            [CONVERSATION_JUMP, JUMP],
        )
